import type { Queryable, Tx } from '@mpp/platform';
import { type EntityManager, In, Not } from 'typeorm';
import type { AnsweredOperation, CreditOrder, Movement, OperationKind } from '../domain/operation.js';
import { OperationEntity } from './operation.entity.js';

/**
 * `dueAt`: of a reversal. Throws on core_operations_one_credit or core_operations_one_reversal if another operation may have put
 * the same money on an account.
 */
export async function insertCreditOrder(
  tx: Queryable,
  subject: string,
  order: CreditOrder,
  accountName: string,
  dueAt: Date,
  at: Date,
): Promise<void> {
  const columns = [
    order.operationId,
    subject,
    order.customerId,
    order.accountId,
    order.coreAccount,
    accountName,
    order.amount.tiyn.toString(),
    order.reference,
    order.description,
    at,
  ];
  if (order.debitId === null) {
    await tx.query(
      `select core_operation_request(p_id => $1, p_kind => 'CREDIT', p_subject => $2, p_customer => $3, p_account => $4,
         p_core_account => $5, p_account_name => $6, p_amount => $7, p_reference => $8, p_description => $9, p_at => $10)`,
      columns,
    );
  } else {
    await tx.query(
      `select core_operation_request_reversal(p_id => $1, p_subject => $2, p_customer => $3, p_account => $4,
         p_core_account => $5, p_account_name => $6, p_amount => $7, p_reference => $8, p_description => $9, p_at => $10,
         p_debit => $11, p_due => $12)`,
      [...columns, order.debitId, dueAt],
    );
  }
}

/** Throws on core_operations_one_debit if there is one for the subject. */
export async function insertDebit(
  tx: Queryable,
  subject: string,
  debit: Movement,
  accountName: string,
  at: Date,
): Promise<void> {
  await tx.query(
    `select core_operation_request(p_id => $1, p_kind => 'DEBIT', p_subject => $2, p_customer => $3, p_account => $4,
       p_core_account => $5, p_account_name => $6, p_amount => $7, p_reference => $8, p_description => $9, p_at => $10)`,
    [
      ...[debit.operationId, subject, debit.customerId, debit.accountId, debit.coreAccount, accountName],
      ...[debit.amount.tiyn.toString(), debit.reference, debit.description, at],
    ],
  );
}

/** Besides a payment's own debit, whose subject is its reference. */
export async function hasOpenDifference(
  tx: Queryable,
  references: readonly string[],
  kinds: readonly OperationKind[],
): Promise<boolean> {
  const open = await tx.query<unknown[]>(
    `select 1 from core_operations
     where reference = any($1) and kind = any($2) and state = 'REQUESTED' and subject::text <> reference limit 1`,
    [references, kinds],
  );
  return open.length > 0;
}

/** How many credits or reversals of the same money there are. */
export async function countCreditOrders(tx: Tx, subject: string): Promise<number> {
  return tx.countBy(OperationEntity, { subject, kind: Not('DEBIT' as const) });
}

/** The debits, by payment. */
export async function findDebits(
  manager: EntityManager,
  paymentIds: readonly string[],
): Promise<ReadonlyMap<string, Movement>> {
  const debits = await manager.findBy(OperationEntity, { subject: In([...paymentIds]), kind: 'DEBIT' });
  return new Map(debits.map((debit) => [debit.subject, toMovement(debit)]));
}

/** Oldest first. */
export async function findOperations(manager: EntityManager, subjects: readonly string[]): Promise<OperationEntity[]> {
  return manager.find(OperationEntity, {
    where: { subject: In([...subjects]) },
    order: { requestedAt: 'ASC', kind: 'ASC', ordinal: 'ASC' },
  });
}

/** Of these refunds and payments, those with a credit or reversal that was not refused: it was or may have been executed. */
export async function findPossiblyCredited(tx: Tx, subjects: readonly string[]): Promise<ReadonlySet<string>> {
  if (subjects.length === 0) return new Set();
  const credits = await tx.findBy(OperationEntity, {
    subject: In([...subjects]),
    kind: Not('DEBIT' as const),
    state: Not('REFUSED' as const),
  });
  return new Set(credits.map(({ subject }) => subject));
}

/**
 * Writes the answers of requested operations in one statement. An operation that has an answer keeps it, and its id is not
 * returned. Only a refused reversal can turn out to be done, by a copy of its request that arrived late; unless another one of the
 * debit was or may have been executed.
 */
export async function writeAnswers(
  tx: Tx,
  answered: readonly AnsweredOperation[],
  at: Date,
): Promise<ReadonlySet<string>> {
  if (answered.length === 0) return new Set();
  const rows = await tx.query<{ id: string }[]>(
    `with answered as (
       update core_operations o set state = a.state, reason = a.reason, core_reference = a.core_reference, answered_at = $5
       from unnest($1::uuid[], $2::text[], $3::text[], $4::text[]) as a (id, state, reason, core_reference)
       where o.id = a.id and (o.state = 'REQUESTED' or (o.state = 'REFUSED' and o.kind = 'REVERSAL' and a.state = 'DONE'
         and not exists (select 1 from core_operations r where r.debit_id = o.debit_id and r.state <> 'REFUSED')))
       returning o.id)
     select id from answered`,
    [
      answered.map(({ operationId }) => operationId),
      answered.map(({ answer }) => answer.kind.toUpperCase()),
      answered.map(({ answer }) => (answer.kind === 'refused' ? answer.reason : null)),
      answered.map(({ answer }) => (answer.kind === 'done' ? answer.coreReference : null)),
      at,
    ],
  );
  return new Set(rows.map(({ id }) => id));
}

export function toMovement(operation: OperationEntity): Movement {
  const { id: operationId, customerId, accountId, coreAccount, amount, reference, description } = operation;
  return { operationId, customerId, accountId, coreAccount, amount, reference, description };
}
