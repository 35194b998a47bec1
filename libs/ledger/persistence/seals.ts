import type { Queryable } from '@mpp/platform';
import type { Seal } from '../domain/seal.js';

const COLUMNS = `number, first_id as "firstId", last_id as "lastId", entries, encode(hash, 'hex') as hash`;

/** Seals the next entries, none behind the horizon; null where none are left or another process is sealing. */
export async function sealNext(queryable: Queryable, horizon: string, limit: number, at: Date): Promise<Seal | null> {
  const [sealed] = await queryable.query<{ number: string | null }[]>('select ledger_seal($1, $2, $3) as number', [
    horizon,
    limit,
    at,
  ]);
  if (sealed?.number == null) return null;
  const [seal] = await queryable.query<Seal[]>(`select ${COLUMNS} from ledger_seals where number = $1`, [
    sealed.number,
  ]);
  return seal ?? null;
}

/** The last seal; null before the first one. */
export async function headOf(queryable: Queryable): Promise<Seal | null> {
  const [seal] = await queryable.query<Seal[]>(`select ${COLUMNS} from ledger_seals order by number desc limit 1`);
  return seal ?? null;
}

/** When the oldest entry that no seal covers was booked; null where all are sealed. */
export async function unsealedSince(queryable: Queryable): Promise<Date | null> {
  const [row] = await queryable.query<{ bookedAt: Date }[]>(
    `select booked_at as "bookedAt" from ledger_entries
     where id > coalesce((select last_id from ledger_seals order by number desc limit 1), -9223372036854775808)
     order by id limit 1`,
  );
  return row?.bookedAt ?? null;
}
