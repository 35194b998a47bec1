import type { CustomerId, PaymentId, RefundId } from '@mpp/kernel';
import { Database, newestFirst, type Position, ReportDatabase, selectWhere, type Tx } from '@mpp/platform';
import { Injectable } from '@nestjs/common';
import { In, LessThan, LessThanOrEqual, Not } from 'typeorm';
import type { Refund } from '../domain/refund.js';
import { OWED_STATUSES } from '../domain/refund-status.js';
import { DEFERRED, type RefundCall, type RefundFilter } from '../domain/timeline.js';
import { RefundEntity } from './refund.entity.js';
import { RefundCallEntity } from './refund-call.entity.js';

/** More calls than a refund ever has; of more the latest are shown. */
const MOST_CALLS = 1000;

@Injectable()
export class RefundsRepository {
  constructor(
    private readonly database: Database,
    private readonly reports: ReportDatabase,
  ) {}

  /** A decision about the refundId, also a refusal. */
  async findRecord(refundId: RefundId): Promise<RefundEntity | null> {
    return this.database.manager.findOneBy(RefundEntity, { refundId });
  }

  /** Newest first, refusals too. */
  async searchRecords(
    { overdue, ...filter }: RefundFilter,
    now: Date,
    limit: number,
    after: Position | null,
  ): Promise<RefundEntity[]> {
    const query = selectWhere(this.reports.manager, RefundEntity, filter);
    if (overdue === true) {
      query.andWhere('row.status in (:...owed) and row.creditBy <= :now', { owed: OWED_STATUSES, now });
    }
    return newestFirst(query, limit, after);
  }

  /** The accepted refunds of the payment, oldest first. */
  async recordsOfPayment(paymentId: PaymentId): Promise<RefundEntity[]> {
    return this.database.manager.find(RefundEntity, { where: { paymentId }, order: { createdAt: 'ASC', id: 'ASC' } });
  }

  /** Oldest first. */
  async callsOf(refundId: RefundId): Promise<RefundCall[]> {
    const latest = await this.database.manager.find(RefundCallEntity, {
      where: { refundId },
      order: { receivedAt: 'DESC', id: 'DESC' },
      take: MOST_CALLS,
    });
    return latest.reverse();
  }

  /** Refunds that were accepted before this moment and are not credited, oldest first. */
  async findOwedBefore(moment: Date, limit: number): Promise<RefundEntity[]> {
    return this.reports.manager.find(RefundEntity, {
      where: { status: In([...OWED_STATUSES]), createdAt: LessThan(moment) },
      order: { createdAt: 'ASC', id: 'ASC' },
      take: limit,
    });
  }

  /** Refund calls that were put off since this moment, and not decided since: the latest of each refundId, oldest first. */
  async findDeferredSince(moment: Date, limit: number): Promise<RefundCall[]> {
    return this.reports.query(
      `select * from (
         select distinct on (c.refund_id) c.refund_id as "refundId", c.request_id as "requestId", c.body, c.http_status as "httpStatus",
           c.result_code as "resultCode", c.remark, c.received_at as "receivedAt"
         from refund_calls c
         where c.received_at >= $1 and c.result_code = $2 and not exists (select from refunds r where r.refund_id = c.refund_id)
         order by c.refund_id, c.received_at desc) latest
       order by "receivedAt" limit $3`,
      [moment, DEFERRED, limit],
    );
  }

  /** Calls that were answered with PARAM_ILLEGAL, newest first. */
  async listRefusedCalls(limit: number, after: Position | null): Promise<(RefundCall & { id: string })[]> {
    const query = this.database.manager
      .createQueryBuilder(RefundCallEntity, 'row')
      .where(`row.resultCode <> 'SUCCESS'`);
    return newestFirst(query, limit, after, 'receivedAt');
  }

  /** Null if the refund does not exist, was refused, or is another customer's. */
  async findOfCustomer(customerId: CustomerId, refundId: RefundId): Promise<Refund | null> {
    const found = await this.database.manager.findOneBy(RefundEntity, {
      refundId,
      customerId,
      status: Not('REFUSED' as const),
    });
    return found && acceptedOf(found);
  }

  /** The accepted refunds of the customer, newest first. */
  async listOfCustomer(customerId: CustomerId, limit: number, after: Position | null): Promise<Refund[]> {
    const query = selectWhere(this.database.manager, RefundEntity, { customerId });
    return (await newestFirst(query.andWhere(`row.status <> 'REFUSED'`), limit, after)).map(acceptedOf);
  }

  async readRefund(id: string): Promise<Refund> {
    return acceptedOf(await this.database.manager.findOneByOrFail(RefundEntity, { id }));
  }

  /** Locks the refunds until the transaction ends, always in the same order. */
  async lockRefunds(tx: Tx, ids: readonly string[]): Promise<Map<string, Refund>> {
    const found = await tx.find(RefundEntity, {
      where: { id: In([...ids]) },
      order: { id: 'ASC' },
      lock: { mode: 'pessimistic_write' },
    });
    return new Map(found.map((refund) => [refund.id, acceptedOf(refund)]));
  }

  /** One statement without a transaction, for the poll that mostly finds none. */
  async isEscalationDue(now: Date): Promise<boolean> {
    return this.database.manager.existsBy(RefundEntity, { nextEscalationAt: LessThanOrEqual(now) });
  }

  /** Locks at most `limit` refunds whose next escalation is due, skipping those that another transaction has locked. */
  async lockEscalating(tx: Tx, now: Date, limit: number): Promise<Refund[]> {
    const due = await tx
      .createQueryBuilder(RefundEntity, 'row')
      .where('row.nextEscalationAt <= :now', { now })
      .orderBy('row.nextEscalationAt')
      .limit(limit)
      .setLock('pessimistic_write')
      .setOnLocked('skip_locked')
      .getMany();
    return due.map(acceptedOf);
  }

  /** Writes the crediting of locked refunds in one statement. */
  async saveCrediting(tx: Tx, refunds: readonly Refund[]): Promise<void> {
    if (refunds.length === 0) return;
    await tx.query(
      `update refunds r set status = w.status, next_escalation_at = w.next_escalation_at, suspended_at = w.suspended_at,
         credited_at = w.credited_at, credited_account_id = w.credited_account_id
       from unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::timestamptz[], $5::timestamptz[], $6::uuid[])
         as w (id, status, next_escalation_at, suspended_at, credited_at, credited_account_id)
       where r.id = w.id`,
      [
        refunds.map((r) => r.id),
        refunds.map((r) => r.status),
        refunds.map((r) => r.nextEscalationAt),
        refunds.map((r) => r.suspendedAt),
        refunds.map((r) => r.creditedAt),
        refunds.map((r) => r.creditedAccountId),
      ],
    );
  }

  /** Counts what is not credited; the index refunds_waiting stays small. */
  async countOwed(now: Date): Promise<{ waiting: number; overdue: number; suspended: number }> {
    const [row] = await this.database.query<{ waiting: number; overdue: number; suspended: number }[]>(
      `select count(*)::int as waiting, count(*) filter (where credit_by <= $1)::int as overdue,
         count(*) filter (where status = 'SUSPENDED')::int as suspended
       from refunds where status = any($2)`,
      [now, OWED_STATUSES],
    );
    return row ?? { waiting: 0, overdue: 0, suspended: 0 };
  }
}

/** The table's check refunds_accepted guarantees the parts of every refund that was not refused. */
function acceptedOf(entity: RefundEntity): Refund {
  if (!isAccepted(entity)) throw new Error(`refund ${entity.refundId} was refused`);
  return entity;
}

function isAccepted(entity: RefundEntity): entity is RefundEntity & Refund {
  return entity.status !== 'REFUSED';
}
