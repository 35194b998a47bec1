import { ADVISORY_LOCKS, type Queryable, type Tx } from '@mpp/platform';
import type { Seal } from '../domain/seal.js';
import type { Verification } from '../domain/verification.js';

/** Heads are read back to compare them: nobody alters those of years ago and leaves the younger ones. */
const HEADS = 1000;

const COLUMNS = `number as id, verified_at as "verifiedAt", entries::float8 as entries,
  case when seal is not null then json_build_object('number', seal::text, 'hash', encode(hash, 'hex')) end as head, faults`;

/** False where another process is checking the books; else nobody else is until the transaction ends. */
export async function holdVerification(tx: Tx): Promise<boolean> {
  // Between its statements it may do nothing for as long as the check takes.
  await tx.query('set local idle_in_transaction_session_timeout = 0');
  const [row] = await tx.query<{ held: boolean }[]>('select pg_try_advisory_xact_lock($1) as held', [
    ADVISORY_LOCKS.ledgerVerification.number,
  ]);
  return row?.held === true;
}

export async function insertVerification(
  queryable: Queryable,
  { verifiedAt, entries, head, faults }: Omit<Verification, 'id'>,
): Promise<void> {
  await queryable.query(
    `insert into ledger_verifications (verified_at, entries, seal, hash, faults) values ($1, $2, $3, decode($4, 'hex'), $5)`,
    [verifiedAt, entries, head?.number ?? null, head?.hash ?? null, faults],
  );
}

/** Newest first, from before this id on. */
export async function selectVerifications(
  queryable: Queryable,
  limit: number,
  before: string | null,
): Promise<Verification[]> {
  return queryable.query(
    `select ${COLUMNS} from ledger_verifications where $1::bigint is null or number < $1 order by number desc limit $2`,
    [before, limit],
  );
}

/** The heads that were written down when the books were checked. */
export async function verifiedHeads(queryable: Queryable): Promise<Pick<Seal, 'number' | 'hash'>[]> {
  return queryable.query(
    `select distinct seal as number, encode(hash, 'hex') as hash
     from (select seal, hash from ledger_verifications where seal is not null order by number desc limit $1) v`,
    [HEADS],
  );
}
