import type { PaymentId } from '@mpp/kernel';
import { Database, type Tx } from '@mpp/platform';
import { Injectable } from '@nestjs/common';
import { In, LessThanOrEqual } from 'typeorm';
import type { Reversal } from '../domain/reversal.js';
import { ReversalEntity, toReversal } from './reversal.entity.js';

@Injectable()
export class ReversalsRepository {
  constructor(private readonly database: Database) {}

  /** Null for a payment that is not reversed, or was reversed before reversals had a row. */
  async findReversal(paymentId: PaymentId): Promise<Reversal | null> {
    const found = await this.database.manager.findOneBy(ReversalEntity, { paymentId });
    return found && toReversal(found);
  }

  /** Locks the reversals until the transaction ends, always in the same order. Their payments are locked before. */
  async lockReversals(tx: Tx, ids: readonly PaymentId[]): Promise<Map<PaymentId, Reversal>> {
    const found = await tx.find(ReversalEntity, {
      where: { paymentId: In([...ids]) },
      order: { paymentId: 'ASC' },
      lock: { mode: 'pessimistic_write' },
    });
    return new Map(found.map((entity) => [entity.paymentId, toReversal(entity)]));
  }

  /** Writes new reversals, and the crediting of locked ones, in one statement. */
  async saveReversals(tx: Tx, reversals: readonly Reversal[]): Promise<void> {
    if (reversals.length === 0) return;
    await tx.query(
      `insert into qr_payment_reversals as r (payment_id, customer_id, amount, account_id, credit_by, next_escalation_at,
         suspended_at, credited_at, credited_account_id, created_at)
       select * from unnest($1::uuid[], $2::text[], $3::bigint[], $4::uuid[], $5::timestamptz[], $6::timestamptz[],
         $7::timestamptz[], $8::timestamptz[], $9::uuid[], $10::timestamptz[])
       on conflict (payment_id) do update set next_escalation_at = excluded.next_escalation_at,
         suspended_at = excluded.suspended_at, credited_at = excluded.credited_at,
         credited_account_id = excluded.credited_account_id`,
      [
        reversals.map((r) => r.paymentId),
        reversals.map((r) => r.customerId),
        reversals.map((r) => r.amount.tiyn.toString()),
        reversals.map((r) => r.accountId),
        reversals.map((r) => r.creditBy),
        reversals.map((r) => r.nextEscalationAt),
        reversals.map((r) => r.suspendedAt),
        reversals.map((r) => r.creditedAt),
        reversals.map((r) => r.creditedAccountId),
        reversals.map((r) => r.createdAt),
      ],
    );
  }

  /** One statement without a transaction, for the poll that mostly finds none. */
  async isEscalationDue(now: Date): Promise<boolean> {
    return this.database.manager.existsBy(ReversalEntity, { nextEscalationAt: LessThanOrEqual(now) });
  }

  /** Locks at most `limit` reversals whose next escalation is due, skipping those that another transaction has locked. */
  async lockEscalating(tx: Tx, now: Date, limit: number): Promise<Reversal[]> {
    const due = await tx
      .createQueryBuilder(ReversalEntity, 'row')
      .where('row.nextEscalationAt <= :now', { now })
      .orderBy('row.nextEscalationAt')
      .limit(limit)
      .setLock('pessimistic_write')
      .setOnLocked('skip_locked')
      .getMany();
    return due.map(toReversal);
  }

  /** Counts what is not given back; the index qr_payment_reversals_waiting stays small. */
  async countOwed(now: Date): Promise<{ waiting: number; overdue: number; suspended: number }> {
    const [row] = await this.database.query<{ waiting: number; overdue: number; suspended: number }[]>(
      `select count(*)::int as waiting, count(*) filter (where credit_by <= $1)::int as overdue,
         count(suspended_at)::int as suspended
       from qr_payment_reversals where credited_at is null`,
      [now],
    );
    return row ?? { waiting: 0, overdue: 0, suspended: 0 };
  }
}
