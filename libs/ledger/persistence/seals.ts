import type { ReportDatabase } from '@mpp/platform';
import { MoreThan } from 'typeorm';
import type { Seal } from '../domain/seal.js';
import { EntryEntity } from './entry.entity.js';
import { SealEntity } from './seal.entity.js';

/** Seals up to `limit` entries up to the horizon; null if none are left or another process is sealing. */
export async function sealNext(
  database: ReportDatabase,
  horizon: string,
  limit: number,
  at: Date,
): Promise<Seal | null> {
  const [sealed] = await database.query<{ number: string | null }[]>('select ledger_seal($1, $2, $3) as number', [
    horizon,
    limit,
    at,
  ]);
  return sealed?.number == null ? null : database.manager.findOneBy(SealEntity, { number: sealed.number });
}

/** The last seal; null before the first one. */
export async function findChainHead({ manager }: ReportDatabase): Promise<Seal | null> {
  const [head] = await manager.find(SealEntity, { order: { number: 'DESC' }, take: 1 });
  return head ?? null;
}

/** When the oldest entry without a seal was booked; null if all entries are sealed. */
export async function findUnsealedSince(database: ReportDatabase): Promise<Date | null> {
  const head = await findChainHead(database);
  const [oldest] = await database.manager.find(EntryEntity, {
    where: head === null ? {} : { id: MoreThan(head.lastId) },
    order: { id: 'ASC' },
    take: 1,
  });
  return oldest?.bookedAt ?? null;
}
