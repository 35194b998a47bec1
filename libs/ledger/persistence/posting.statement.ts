import { type AccountId, accountId, type CustomerId } from '@mpp/kernel';
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

export async function lockOpenAccount(tx: Tx, account: AccountId): Promise<CustomerId | null> {
  const [row] = await tx.query<{ customer: CustomerId }[]>(
    `select customer_id as customer from ledger_accounts where id = $1 and kind = 'CUSTOMER' and status = 'OPEN' for update`,
    [account],
  );
  return row?.customer ?? null;
}

export async function selectCoreCustomers(tx: Tx, account: string): Promise<CustomerId[]> {
  const rows = await tx.query<{ customer: CustomerId }[]>(
    `select customer_id as customer from ledger_accounts
     where kind = 'CORE_CUSTOMER' and (id = $1 or core_account = $2) order by customer_id`,
    [accountId(account.toLowerCase()), account],
  );
  return rows.map(({ customer }) => customer);
}

export async function isCoreAccount(tx: Tx, account: AccountId): Promise<boolean> {
  const found = await tx.query<unknown[]>(`select 1 from ledger_accounts where id = $1 and kind = 'CORE_CUSTOMER'`, [
    account,
  ]);
  return found.length > 0;
}

export async function selectOwed(tx: Tx, references: readonly string[]): Promise<Map<string, bigint>> {
  const rows = await tx.query<{ reference: string; owed: string }[]>(
    'select reference, ledger_owed_to_kaspi(reference)::text as owed from unnest($1::text[]) as reference',
    [references],
  );
  return new Map(rows.map(({ reference, owed }) => [reference, BigInt(owed)]));
}

export async function selectPosition(tx: Tx, reference: string, customer: CustomerId | null) {
  const [row] = await tx.query<{ owed: string; held: string }[]>(
    'select ledger_owed_to_kaspi($1)::text as owed, ledger_held_from_customer($1, $2)::text as held',
    [reference, customer],
  );
  return { owed: BigInt(row?.owed ?? 0), held: BigInt(row?.held ?? 0) };
}

export async function selectDebitedAccount(tx: Tx, reference: string, customer: CustomerId) {
  const [row] = await tx.query<{ account: AccountId; customer: CustomerId }[]>(
    `select a.id as account, a.customer_id as customer from ledger_entries e join ledger_accounts a on a.id = e.debit_account_id
     where e.reference = $1 and e.purpose = 'DIFFERENCE_DEBIT' and ltrim(a.customer_id, '0') = ltrim($2, '0') order by e.id desc limit 1`,
    [reference, customer],
  );
  return row ?? null;
}
