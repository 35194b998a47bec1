import type { Tx } from '@mpp/platform';
import { type EntityManager, IsNull } from 'typeorm';
import type { RecoveryPeriod } from '../domain/recovery-period.js';
import { RecoveryEntity } from './recovery.entity.js';

/**
 * Begins a recovery, unless it is known, ended or not. It supersedes an active one: the database was restored once more, so that what was
 * done in that one may be forgotten, too.
 */
export async function beginRecovery(tx: Tx, recoveredFrom: Date, startedAt: Date): Promise<void> {
  if (await tx.existsBy(RecoveryEntity, { recoveredFrom })) return;
  await endRecovery(tx, { at: startedAt, operator: 'the server', reason: 'superseded by another restore' });
  await tx.query('insert into recoveries (recovered_from, started_at) values ($1, $2) on conflict do nothing', [
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

/** Newest first. */
export async function listRecoveries(manager: EntityManager): Promise<RecoveryPeriod[]> {
  return manager.find(RecoveryEntity, { order: { startedAt: 'DESC' } });
}
