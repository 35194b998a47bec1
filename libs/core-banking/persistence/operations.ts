import type { Database, Queryable, Tx } from '@mpp/platform';
import { type EntityManager, In, Not } from 'typeorm';
import type { AnsweredOperation, Movement, NewReversal, OperationKind, Reversal } from '../domain/operation.js';
import { OperationEntity } from './operation.entity.js';

/** Throws on core_operations_one_credit if another credit of the refund may have been executed. */
export async function insertCredit(
  tx: Queryable,
  refundId: string,
  movement: Movement,
  accountName: string,
  at: Date,
): Promise<void> {
  await tx.query(
    `select core_operation_request(p_id => $1, p_kind => 'CREDIT', p_subject => $2, p_customer => $3, p_account => $4,
       p_core_account => $5, p_account_name => $6, p_amount => $7, p_reference => $8, p_description => $9, p_at => $10)`,
    [
      movement.operationId,
      refundId,
      movement.customerId,
      movement.accountId,
      movement.coreAccount,
      accountName,
      movement.amount.tiyn.toString(),
      movement.reference,
      movement.description,
      at,
    ],
  );
}

export async function insertReversal(
  tx: Tx,
  { paymentId: subject, reversal, dueAt, nextEscalationAt }: NewReversal,
  requestedAt: Date,
): Promise<void> {
  const { operationId: id, ...columns } = reversal;
  await tx.insert(OperationEntity, { ...columns, id, kind: 'REVERSAL', subject, requestedAt, dueAt, nextEscalationAt });
}

/** The debits, by payment. */
export async function findDebits(
  manager: EntityManager,
  paymentIds: readonly string[],
): Promise<ReadonlyMap<string, Movement>> {
  const debits = await manager.findBy(OperationEntity, { subject: In([...paymentIds]), kind: 'DEBIT' });
  return new Map(debits.map((debit) => [debit.subject, toMovement(debit)]));
}

export async function findReversal({ manager }: Database, id: string, paymentId: string): Promise<Reversal | null> {
  const found = await manager.findOneBy(OperationEntity, { id, subject: paymentId, kind: 'REVERSAL' });
  return found?.debitId == null ? null : { ...toMovement(found), debitId: found.debitId };
}

/** Oldest first. */
export async function findOperations(
  { manager }: Database,
  subjects: readonly string[],
  kind?: OperationKind,
): Promise<OperationEntity[]> {
  return manager.find(OperationEntity, {
    where: { subject: In([...subjects]), ...(kind && { kind }) },
    order: { requestedAt: 'ASC', id: 'ASC' },
  });
}

/** The refunds with a credit that was not refused: it was or may have been executed. */
export async function findPossiblyCreditedRefunds(tx: Tx, refundIds: readonly string[]): Promise<ReadonlySet<string>> {
  if (refundIds.length === 0) return new Set();
  const credits = await tx.findBy(OperationEntity, {
    subject: In([...refundIds]),
    kind: 'CREDIT',
    state: Not('REFUSED' as const),
  });
  return new Set(credits.map(({ subject }) => subject));
}

/**
 * Writes the answers of requested operations in one statement. An operation that has an answer keeps it, and its id is not
 * returned.
 */
export async function writeAnswers(
  tx: Tx,
  answered: readonly AnsweredOperation[],
  at: Date,
): Promise<ReadonlySet<string>> {
  if (answered.length === 0) return new Set();
  const rows = await tx.query<{ id: string }[]>(
    `with answered as (
       update core_operations o set state = a.state, reason = a.reason, core_reference = a.core_reference, answered_at = $5,
         next_escalation_at = null
       from unnest($1::uuid[], $2::text[], $3::text[], $4::text[]) as a (id, state, reason, core_reference)
       where o.id = a.id and o.state = 'REQUESTED' returning o.id)
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
