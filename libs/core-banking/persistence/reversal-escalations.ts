import { type Database, hydrate, type Tx } from '@mpp/platform';
import { In, LessThanOrEqual } from 'typeorm';
import type { PendingReversal } from '../domain/operation.js';
import { OperationEntity } from './operation.entity.js';

/** One statement without a transaction, for the poll that mostly finds none. */
export async function existsDueEscalation({ manager }: Database, now: Date): Promise<boolean> {
  return manager.existsBy(OperationEntity, { nextEscalationAt: LessThanOrEqual(now) });
}

/** Locks at most `limit` reversals whose next escalation is due, skipping those that another transaction has locked. */
export async function lockReversalsToEscalate(tx: Tx, now: Date, limit: number): Promise<PendingReversal[]> {
  const rows = await tx.query<object[]>(
    `select * from core_operations where next_escalation_at <= $1 order by next_escalation_at limit $2
     for update skip locked`,
    [now, limit],
  );
  return rows.map((row) => toPendingReversal(hydrate(OperationEntity, row)));
}

/** Of the reversals with these ids, those whose next escalation is due. */
export async function findReversalsToEscalate(tx: Tx, now: Date, ids: readonly string[]): Promise<PendingReversal[]> {
  if (ids.length === 0) return [];
  const due = await tx.findBy(OperationEntity, { id: In([...ids]), nextEscalationAt: LessThanOrEqual(now) });
  return due.map(toPendingReversal);
}

export async function writeEscalations(
  tx: Tx,
  reversals: readonly Pick<PendingReversal, 'id' | 'nextEscalationAt'>[],
): Promise<void> {
  if (reversals.length === 0) return;
  await tx.query(
    `update core_operations o set next_escalation_at = r.at
     from unnest($1::uuid[], $2::timestamptz[]) as r (id, at) where o.id = r.id and o.state = 'REQUESTED'`,
    [reversals.map(({ id }) => id), reversals.map(({ nextEscalationAt }) => nextEscalationAt)],
  );
}

/** The reversals that are not done, or of these the ones that were due at a moment. */
export async function countPendingReversals({ manager }: Database, dueBy?: Date): Promise<number> {
  const dueAt = dueBy && LessThanOrEqual(dueBy);
  return manager.countBy(OperationEntity, { kind: 'REVERSAL', state: 'REQUESTED', ...(dueAt && { dueAt }) });
}

function toPendingReversal({ requestedAt: since, dueAt, ...operation }: OperationEntity): PendingReversal {
  const { id, subject, customerId, nextEscalationAt } = operation;
  return { id, subject, customerId, since, dueAt: dueAt ?? since, nextEscalationAt };
}
