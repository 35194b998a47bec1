import type { Queryable } from '@mpp/platform';
import { type EntityManager, IsNull } from 'typeorm';
import type { RecoveryPeriod } from '../domain/recovery-period.js';
import { RecoveryEntity } from './recovery.entity.js';

/** Does nothing if this recovery is known, ended or not, or if another one is active. */
export async function beginRecovery(queryable: Queryable, recoveredFrom: Date, startedAt: Date): Promise<void> {
  await queryable.query('insert into recoveries (recovered_from, started_at) values ($1, $2) on conflict do nothing', [
    recoveredFrom,
    startedAt,
  ]);
}

/** Returns false if none is active. */
export async function endRecovery(
  manager: EntityManager,
  { at, operator, reason }: { readonly at: Date; readonly operator: string; readonly reason: string },
): Promise<boolean> {
  const ended = { endedAt: at, endedBy: operator, reason };
  return (await manager.update(RecoveryEntity, { endedAt: IsNull() }, ended)).affected !== 0;
}

export async function findRecovery(manager: EntityManager, recoveredFrom: Date): Promise<RecoveryPeriod | null> {
  return manager.findOneBy(RecoveryEntity, { recoveredFrom });
}

export async function findLatestRecovery(manager: EntityManager): Promise<RecoveryPeriod | null> {
  const [latest] = await manager.find(RecoveryEntity, { order: { startedAt: 'DESC' }, take: 1 });
  return latest ?? null;
}
