import { type AccountId, type CustomerId, Money } from '@mpp/kernel';
import type { Queryable, Tx } from '@mpp/platform';
import type { CustomerAccount } from '../domain/account.js';
import type { CoreOperation, Movement, Reversal } from '../domain/operation.js';

interface OperationRow {
  id: string;
  kind: CoreOperation['kind'];
  subject: string;
  debit_id: string | null;
  customer_id: CustomerId;
  account_id: AccountId;
  core_account: string;
  amount: string;
  reference: string;
  description: string;
  state: CoreOperation['state'];
  reason: string | null;
  core_reference: string | null;
  requested_at: Date;
  answered_at: Date | null;
  due_at: Date | null;
  next_escalation_at: Date | null;
}

/** A reversal that operators may have to hear of. */
export interface WatchedReversal {
  readonly id: string;
  readonly subject: string;
  readonly customerId: CustomerId;
  readonly since: Date;
  readonly dueAt: Date;
  readonly nextEscalationAt: Date | null;
}

/** Throws on core_operations_one_credit where another one of the refund may have been carried out. */
export async function insertCredit(
  queryable: Queryable,
  refund: string,
  movement: Movement,
  account: Pick<CustomerAccount, 'name'> | null,
  at: Date,
): Promise<void> {
  await queryable.query(`select core_operation_request($1, 'CREDIT', $2, $3, $4, $5, $6, $7, $8, $9, $10)`, [
    movement.operationId,
    refund,
    movement.customerId,
    movement.accountId,
    movement.coreAccount,
    account?.name ?? movement.coreAccount,
    movement.amount.tiyn.toString(),
    movement.reference,
    movement.description,
    at,
  ]);
}

export async function insertReversal(
  tx: Tx,
  {
    subject,
    reversal,
    at,
    dueAt,
    nextEscalationAt,
  }: { subject: string; reversal: Reversal; at: Date; dueAt: Date; nextEscalationAt: Date },
): Promise<void> {
  await tx.query(
    `insert into core_operations (id, kind, subject, debit_id, customer_id, account_id, core_account, amount, reference,
       description, requested_at, due_at, next_escalation_at)
     values ($1, 'REVERSAL', $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
    [
      reversal.operationId,
      subject,
      reversal.debitId,
      reversal.customerId,
      reversal.accountId,
      reversal.coreAccount,
      reversal.amount.tiyn.toString(),
      reversal.reference,
      reversal.description,
      at,
      dueAt,
      nextEscalationAt,
    ],
  );
}

/** The debits of payments, by payment. */
export async function debitsOf(tx: Queryable, payments: readonly string[]): Promise<Map<string, Movement>> {
  const rows = await tx.query<OperationRow[]>(
    `select * from core_operations where subject = any($1) and kind = 'DEBIT'`,
    [payments],
  );
  return new Map(rows.map((row) => [row.subject, toMovement(row)]));
}

/** A reversal that is on record for this payment. */
export async function findReversal(queryable: Queryable, id: string, payment: string): Promise<Reversal | null> {
  const [row] = await queryable.query<OperationRow[]>(
    `select * from core_operations where id = $1 and subject = $2 and kind = 'REVERSAL'`,
    [id, payment],
  );
  return row?.debit_id == null ? null : { ...toMovement(row), debitId: row.debit_id };
}

/** The credit that is asked for, if one is; and how often each account has refused the refund. */
export async function creditsOf(
  queryable: Queryable,
  refund: string,
): Promise<{ open: Movement | null; refusals: ReadonlyMap<string, number> }> {
  const rows = await queryable.query<OperationRow[]>(
    `select * from core_operations where subject = $1 and kind = 'CREDIT' order by requested_at, id`,
    [refund],
  );
  const open = rows.find(({ state }) => state === 'REQUESTED');
  const refusals = new Map<string, number>();
  for (const { state, core_account: account } of rows) {
    if (state === 'REFUSED') refusals.set(account, (refusals.get(account) ?? 0) + 1);
  }
  return { open: open === undefined ? null : toMovement(open), refusals };
}

/** Those of the refunds for which a credit is asked: it may have been carried out. */
export async function withOpenCredit(tx: Tx, refunds: readonly string[]): Promise<ReadonlySet<string>> {
  const rows = await tx.query<{ subject: string }[]>(
    `select subject from core_operations where subject = any($1) and kind = 'CREDIT' and state <> 'REFUSED'`,
    [refunds],
  );
  return new Set(rows.map(({ subject }) => subject));
}

/**
 * Writes the answers of operations that are asked for, in one statement. What has an answer keeps it: those are not among
 * the ids that come back.
 */
export async function writeAnswers(
  tx: Tx,
  answers: readonly {
    readonly id: string;
    readonly state: 'DONE' | 'REFUSED' | 'ABANDONED';
    readonly reason: string | null;
    readonly coreReference: string | null;
  }[],
  at: Date,
): Promise<ReadonlySet<string>> {
  if (answers.length === 0) return new Set();
  const rows = await tx.query<{ id: string }[]>(
    `with answered as (
       update core_operations o set state = a.state, reason = a.reason, core_reference = a.core_reference, answered_at = $5,
         next_escalation_at = null
       from unnest($1::uuid[], $2::text[], $3::text[], $4::text[]) as a (id, state, reason, core_reference)
       where o.id = a.id and o.state = 'REQUESTED' returning o.id)
     select id from answered`,
    [
      answers.map(({ id }) => id),
      answers.map(({ state }) => state),
      answers.map(({ reason }) => reason),
      answers.map(({ coreReference }) => coreReference),
      at,
    ],
  );
  return new Set(rows.map(({ id }) => id));
}

/** What is about a payment or some refunds, the oldest first. */
export async function operationsAbout(queryable: Queryable, subjects: readonly string[]): Promise<CoreOperation[]> {
  const rows = await queryable.query<OperationRow[]>(
    'select * from core_operations where subject = any($1) order by requested_at, id',
    [subjects],
  );
  return rows.map((row) => ({
    id: row.id,
    kind: row.kind,
    state: row.state,
    accountId: row.account_id,
    coreAccount: row.core_account,
    amount: Money.ofTiyn(BigInt(row.amount)),
    reason: row.reason,
    coreReference: row.core_reference,
    requestedAt: row.requested_at,
    answeredAt: row.answered_at,
    dueAt: row.due_at,
  }));
}

/** One statement without a transaction, for the poll that mostly finds none. */
export async function isEscalationDue(queryable: Queryable, now: Date): Promise<boolean> {
  const rows = await queryable.query('select from core_operations where next_escalation_at <= $1 limit 1', [now]);
  return rows.length > 0;
}

/** Locks up to `limit` reversals of which operators have to hear by now; those that somebody else holds are left to them. */
export async function lockEscalating(tx: Tx, now: Date, limit: number): Promise<WatchedReversal[]> {
  const rows = await tx.query<OperationRow[]>(
    `select * from core_operations where next_escalation_at <= $1 order by next_escalation_at limit $2
     for update skip locked`,
    [now, limit],
  );
  return rows.map(toWatched);
}

/** Those of the reversals of which operators have to hear by now. */
export async function findEscalating(tx: Tx, now: Date, ids: readonly string[]): Promise<WatchedReversal[]> {
  const rows = await tx.query<OperationRow[]>(
    'select * from core_operations where id = any($1) and next_escalation_at <= $2',
    [ids, now],
  );
  return rows.map(toWatched);
}

export async function writeEscalations(
  tx: Tx,
  watched: readonly Pick<WatchedReversal, 'id' | 'nextEscalationAt'>[],
): Promise<void> {
  if (watched.length === 0) return;
  await tx.query(
    `update core_operations o set next_escalation_at = w.at
     from unnest($1::uuid[], $2::timestamptz[]) as w (id, at) where o.id = w.id and o.state = 'REQUESTED'`,
    [watched.map(({ id }) => id), watched.map(({ nextEscalationAt }) => nextEscalationAt)],
  );
}

/** What is not given back yet; by a small index. */
export async function waitingReversals(queryable: Queryable, now: Date): Promise<{ waiting: number; overdue: number }> {
  const [row] = await queryable.query<{ waiting: number; overdue: number }[]>(
    `select count(*)::int as waiting, count(*) filter (where due_at <= $1)::int as overdue
     from core_operations where kind = 'REVERSAL' and state = 'REQUESTED'`,
    [now],
  );
  return row ?? { waiting: 0, overdue: 0 };
}

function toWatched(row: OperationRow): WatchedReversal {
  return {
    id: row.id,
    subject: row.subject,
    customerId: row.customer_id,
    since: row.requested_at,
    dueAt: row.due_at ?? row.requested_at,
    nextEscalationAt: row.next_escalation_at,
  };
}

function toMovement(row: OperationRow): Movement {
  return {
    operationId: row.id,
    customerId: row.customer_id,
    accountId: row.account_id,
    coreAccount: row.core_account,
    amount: Money.ofTiyn(BigInt(row.amount)),
    reference: row.reference,
    description: row.description,
  };
}
