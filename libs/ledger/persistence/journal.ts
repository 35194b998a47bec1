import { type AccountId, type CustomerId, Money } from '@mpp/kernel';
import type { Queryable, Tx } from '@mpp/platform';
import type { LedgerAccount } from '../domain/account.js';
import type { AccountKind, EntryPurpose } from '../domain/chart.js';
import type { Entry, NewEntry } from '../domain/entry.js';
import type { Turnover } from '../domain/trial-balance.js';

interface EntryRow {
  id: string;
  purpose: EntryPurpose;
  reference: string;
  debit_account_id: AccountId;
  credit_account_id: AccountId;
  amount: string;
  booked_at: Date;
}

/** Posts in order of the accounts, so that two transactions never wait for each other's customers in a circle. */
export async function insertEntries(tx: Tx, entries: readonly NewEntry[], at: Date): Promise<void> {
  await tx.query(
    `select ledger_post(e.purpose, e.reference, e.debit, e.credit, e.amount, $6)
     from (select * from unnest($1::text[], $2::text[], $3::uuid[], $4::uuid[], $5::bigint[])
             as given (purpose, reference, debit, credit, amount)
           order by greatest(debit, credit)) e`,
    [
      entries.map((e) => e.purpose),
      entries.map((e) => e.reference),
      entries.map((e) => e.debit),
      entries.map((e) => e.credit),
      entries.map((e) => e.amount.tiyn.toString()),
      at,
    ],
  );
}

/** Locks every account of the customers until the transaction ends, always in the same order, as postings do. */
export async function lockAccountsOf(
  tx: Tx,
  customers: readonly CustomerId[],
): Promise<Pick<LedgerAccount, 'id' | 'customerId' | 'status' | 'createdAt'>[]> {
  return tx.query(
    `select id, customer_id as "customerId", status, created_at as "createdAt" from ledger_accounts
     where kind = 'CUSTOMER' and customer_id = any($1) order by id for update`,
    [[...new Set(customers)]],
  );
}

/** Of a customer's account, in tiyn. After a posting the transaction holds the row: nobody else changes it meanwhile. */
export async function balanceOf(tx: Tx, account: AccountId): Promise<bigint> {
  const [row] = await tx.query<{ balance: string | null }[]>('select balance from ledger_accounts where id = $1', [
    account,
  ]);
  return BigInt(row?.balance ?? 0);
}

export async function findDeposit(queryable: Queryable, account: AccountId, reference: string): Promise<Entry | null> {
  const [row] = await queryable.query<EntryRow[]>(
    `select * from ledger_entries where credit_account_id = $1 and reference = $2 and purpose = 'DEPOSIT'`,
    [account, reference],
  );
  return row === undefined ? null : toEntry(row);
}

/** All entries about some things, payments and refunds for two, the oldest first. */
export async function entriesAbout(queryable: Queryable, references: readonly string[]): Promise<Entry[]> {
  const rows = await queryable.query<EntryRow[]>(
    `select * from ledger_entries where reference = any($1) and purpose <> 'DEPOSIT' order by id`,
    [references],
  );
  return rows.map(toEntry);
}

/** The newest first; `before` is the id of the last entry already seen. */
export async function entriesOf(
  queryable: Queryable,
  account: AccountId,
  limit: number,
  before: string | null,
): Promise<Entry[]> {
  const rows = await queryable.query<EntryRow[]>(
    `(select * from ledger_entries where debit_account_id = $1 and id < coalesce($3, 9223372036854775807) order by id desc limit $2)
     union all
     (select * from ledger_entries where credit_account_id = $1 and id < coalesce($3, 9223372036854775807) order by id desc limit $2)
     order by id desc limit $2`,
    [account, limit, before],
  );
  return rows.map(toEntry);
}

/** One statement, hence one snapshot: it never sees half of what happens meanwhile. */
export async function turnovers(queryable: Queryable): Promise<{ turnovers: Turnover[]; customerBalances: bigint }> {
  const rows = await queryable.query<
    { kind: AccountKind; debited: string; credited: string; balances: string | null }[]
  >(
    `with moved as (
       select debit_account_id as account_id, sum(amount) as debited, 0 as credited from ledger_entries group by 1
       union all
       select credit_account_id, 0, sum(amount) from ledger_entries group by 1)
     select a.kind, coalesce(sum(m.debited), 0)::text as debited, coalesce(sum(m.credited), 0)::text as credited,
       (select coalesce(sum(balance), 0)::text from ledger_accounts where kind = 'CUSTOMER') as balances
     from ledger_accounts a left join moved m on m.account_id = a.id
     group by a.kind order by min(a.created_at), a.kind`,
  );
  return {
    turnovers: rows.map((row) => ({ account: row.kind, debited: BigInt(row.debited), credited: BigInt(row.credited) })),
    customerBalances: BigInt(rows[0]?.balances ?? 0),
  };
}

function toEntry(row: EntryRow): Entry {
  return {
    id: row.id,
    purpose: row.purpose,
    reference: row.reference,
    debit: row.debit_account_id,
    credit: row.credit_account_id,
    amount: Money.ofTiyn(BigInt(row.amount)),
    bookedAt: row.booked_at,
  };
}
