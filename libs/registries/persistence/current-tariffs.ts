import { ADVISORY_LOCKS, type Tx } from '@mpp/platform';
import { type EntityManager, In, IsNull } from 'typeorm';
import type { Tariff } from '../domain/tariff.js';
import { TariffEntity } from './tariff.entity.js';

/** Tariffs that are not replaced, by service, MCC and time; those without an MCC first. */
export async function findCurrentTariffs(manager: EntityManager): Promise<TariffEntity[]> {
  return manager.find(TariffEntity, {
    where: { replacedAt: IsNull() },
    order: { service: 'ASC', mcc: { direction: 'ASC', nulls: 'FIRST' }, validFrom: 'ASC' },
  });
}

/** Only one transaction at a time replaces the list. */
export async function lockTariffs(tx: Tx): Promise<void> {
  await tx.query('select pg_advisory_xact_lock($1)', [ADVISORY_LOCKS.tariffs.number]);
}

export async function saveReplaced(tx: Tx, tariffs: readonly TariffEntity[], at: Date, by: string): Promise<void> {
  const ids = tariffs.map(({ id }) => id);
  await tx.update(TariffEntity, { id: In(ids) }, { replacedAt: at, replacedBy: by });
}

export async function insertTariffs(tx: Tx, tariffs: readonly Tariff[], setAt: Date, setBy: string): Promise<void> {
  await tx.insert(
    TariffEntity,
    tariffs.map((tariff) => ({ ...tariff, setAt, setBy })),
  );
}
