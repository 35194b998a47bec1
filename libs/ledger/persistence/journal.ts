import { type AccountId, type CustomerId, Money } from '@mpp/kernel';
import type { Queryable, Tx } from '@mpp/platform';
import type { LedgerAccount } from '../domain/account.js';
import type { AccountKind, EntryPurpose } from '../domain/chart.js';
import { type Entry, type Explanation, type NewEntry, type ToldEntry, withoutDeposits } from '../domain/entry.js';

interface EntryRow {
  id: string;
  purpose: EntryPurpose;
  reference: string;
  debit_account_id: AccountId;
  credit_account_id: AccountId;
  amount: string;
  booked_at: Date;
  corrects: string | null;
  reason: string | null;
  operator: string | null;
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

/** Whom an entry concerns; null where both accounts are shared. */
export async function customerOf(
  queryable: Queryable,
  { debit, credit }: Pick<Entry, 'debit' | 'credit'>,
): Promise<CustomerId | null> {
  const [row] = await queryable.query<{ customer: CustomerId }[]>(
    'select customer_id as customer from ledger_accounts where id in ($1, $2) and customer_id is not null',
    [debit, credit],
  );
  return row?.customer ?? null;
}

export async function findDeposit(queryable: Queryable, account: AccountId, reference: string): Promise<Entry | null> {
  const [row] = await queryable.query<EntryRow[]>(
    `select * from ledger_entries where credit_account_id = $1 and reference = $2 and purpose = 'DEPOSIT'`,
    [account, reference],
  );
  return row === undefined ? null : toEntry(row);
}

/** All entries about some things, payments and refunds for two, the oldest first. */
export async function entriesAbout(queryable: Queryable, references: readonly string[]): Promise<ToldEntry[]> {
  const rows = await queryable.query<(EntryRow & { debit_kind: AccountKind; credit_kind: AccountKind })[]>(
    `select *, ledger_kind(debit_account_id) as debit_kind, ledger_kind(credit_account_id) as credit_kind
     from ledger_entries where reference = any($1) and purpose <> 'DEPOSIT' order by id`,
    [references],
  );
  const entries = rows.map((row) => ({ ...toEntry(row), debitKind: row.debit_kind, creditKind: row.credit_kind }));
  return withoutDeposits(entries);
}

export async function findEntry(queryable: Queryable, id: string): Promise<Entry | null> {
  const [row] = await queryable.query<EntryRow[]>('select * from ledger_entries where id = $1', [id]);
  return row === undefined ? null : toEntry(row);
}

/** The correction of an entry; null where it stands. */
export async function findCorrection(queryable: Queryable, corrects: string): Promise<Entry | null> {
  const [row] = await queryable.query<EntryRow[]>(
    `select * from ledger_entries where purpose = 'CORRECTION' and coalesce(corrects::text, reference) = $1`,
    [corrects],
  );
  return row === undefined ? null : toEntry(row);
}

/** Posts the mirror image of an entry. */
export async function insertCorrection(tx: Tx, { corrects, reason, operator }: Explanation, at: Date): Promise<Entry> {
  const [row] = await tx.query<EntryRow[]>(
    `insert into ledger_entries (purpose, reference, debit_account_id, credit_account_id, amount, booked_at, corrects, reason, operator)
     select 'CORRECTION', reference, credit_account_id, debit_account_id, amount, $2, id, $3, $4
     from ledger_entries where id = $1
     returning *`,
    [corrects, at, reason, operator],
  );
  if (row === undefined) throw new Error(`entry ${corrects} is not there any more`);
  return toEntry(row);
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

function toEntry(row: EntryRow): Entry {
  return {
    id: row.id,
    purpose: row.purpose,
    reference: row.reference,
    debit: row.debit_account_id,
    credit: row.credit_account_id,
    amount: Money.ofTiyn(BigInt(row.amount)),
    bookedAt: row.booked_at,
    correction:
      row.corrects === null ? null : { corrects: row.corrects, reason: row.reason ?? '', operator: row.operator ?? '' },
  };
}
