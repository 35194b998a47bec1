import type { CustomerId } from '@mpp/kernel';
import type { Tx } from '@mpp/platform';
import type { NewEntry } from '../domain/entry.js';
import type { ReceivingCandidate } from '../domain/receiver.js';

/** Posts in order of the accounts, so that two transactions never wait for each other's accounts in a circle. */
export async function insertEntries(tx: Tx, entries: readonly NewEntry[], bookedAt: Date): Promise<void> {
  await tx.query(
    `select ledger_post(e.purpose, e.reference, e.debit, e.credit, e.amount, $6)
     from (select * from unnest($1::text[], $2::text[], $3::uuid[], $4::uuid[], $5::bigint[])
             as entry (purpose, reference, debit, credit, amount)
           order by greatest(debit, credit)) e`,
    [
      entries.map(({ purpose }) => purpose),
      entries.map(({ reference }) => reference),
      entries.map(({ debit }) => debit),
      entries.map(({ credit }) => credit),
      entries.map(({ amount }) => amount.tiyn.toString()),
      bookedAt,
    ],
  );
}

/** Locks every account of the customers until the transaction ends, in the order in which entries are posted. */
export async function lockCustomerAccounts(tx: Tx, customers: readonly CustomerId[]): Promise<ReceivingCandidate[]> {
  return tx.query(
    `select id, customer_id as "customerId", status, created_at as "createdAt" from ledger_accounts
     where kind = 'CUSTOMER' and customer_id = any($1) order by id for update`,
    [[...new Set(customers)]],
  );
}
