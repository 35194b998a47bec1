import { ADVISORY_LOCKS, type Queryable, type Tx } from '@mpp/platform';
import type { Seal } from '../domain/seal.js';

/** The latest heads are enough: a manipulation of older seals changes the later ones too. */
const MAX_HEADS = 1000;

/** Locks the check of the books until the transaction ends; false if another process holds the lock. */
export async function lockVerification(tx: Tx): Promise<boolean> {
  // The transaction is idle while the check runs.
  await tx.query('set local idle_in_transaction_session_timeout = 0');
  const [row] = await tx.query<{ locked: boolean }[]>('select pg_try_advisory_xact_lock($1) as locked', [
    ADVISORY_LOCKS.ledgerVerification.number,
  ]);
  return row?.locked === true;
}

/** The heads of the chain that earlier checks recorded. The command `ledger:verify` calls it, which has no entities. */
export async function selectVerifiedHeads(queryable: Queryable): Promise<Pick<Seal, 'number' | 'hash'>[]> {
  return queryable.query(
    `select distinct seal as number, encode(hash, 'hex') as hash
     from (select seal, hash from ledger_verifications where seal is not null order by number desc limit $1) v`,
    [MAX_HEADS],
  );
}
