import { Alerts, type NewAlert } from '@mpp/alerts';
import { Settings } from '@mpp/config';
import { Clock, type RefundId } from '@mpp/kernel';
import { Ledger, SHARED_ACCOUNTS } from '@mpp/ledger';
import { Outbox } from '@mpp/outbox';
import { Database, Metrics, type Tx, violatedConstraint } from '@mpp/platform';
import { PaymentRefunds } from '@mpp/qr-payments';
import { Injectable, Logger } from '@nestjs/common';
import { Counter } from 'prom-client';
import { v7 as uuidv7 } from 'uuid';
import { CREDIT_TOPIC, type CreditPayload } from '../crediting/topic.js';
import { illegal, type RefundAnswer, type Refusal, SUCCESS } from '../domain/answer.js';
import { acceptedRefund, type Refund, type RefundOrder } from '../domain/refund.js';
import { insertCall } from '../persistence/refund-calls.js';
import { type Decided, RefundsRepository } from '../persistence/refunds.repository.js';
import { RefundEvents } from '../refund-events.js';
import { type ReadRefund, readRefundBody } from './refund-body.js';

/** What the PS is answered over HTTP. */
export interface RefundReply extends RefundAnswer {
  readonly httpStatus: 200 | 400;
}

interface Intake {
  readonly answer: RefundAnswer;
  readonly remark: string | null;
}

/** Each further try means that another process decided about the same refundId in between. */
const MAX_TRIES = 5;

/** Takes in the refunds of the PS: each is decided once, whatever comes how often at the same moment (R17 to R20). */
@Injectable()
export class RefundIntake {
  private readonly log = new Logger('Refunds');
  private readonly requests: Counter;

  constructor(
    private readonly database: Database,
    private readonly refunds: RefundsRepository,
    private readonly payments: PaymentRefunds,
    private readonly ledger: Ledger,
    private readonly outbox: Outbox,
    private readonly alerts: Alerts,
    private readonly events: RefundEvents,
    private readonly clock: Clock,
    private readonly settings: Settings,
    metrics: Metrics,
  ) {
    this.requests = new Counter({
      name: 'mpp_refund_requests_total',
      help: 'Refunds asked for by the PS, repeats included, by what they were answered',
      labelNames: ['result'],
      registers: [metrics.registry],
    });
  }

  /**
   * The answer to what the PS sent, whatever it is. The same refundId with the same content is answered the same for ever;
   * a SUCCESS is our promise that the customer has the money within the hour, and stands before it is given. Rejects where
   * that cannot be known: the PS is to ask again.
   */
  async receive(body: string, requestId: string): Promise<RefundReply> {
    const read = readRefundBody(body);
    const call = { refundId: read.refundId, requestId, body: read.shown };
    const reply = await this.decide(read, async (queryable, answer, remark) =>
      insertCall(queryable, {
        ...call,
        httpStatus: statusOf(read),
        resultCode: answer.resultCode,
        remark,
        receivedAt: this.clock.now(),
      }),
    );
    this.requests.inc({ result: reply.resultCode });
    return { ...reply, httpStatus: statusOf(read) };
  }

  private async decide(read: ReadRefund, record: Record): Promise<RefundAnswer> {
    const { refundId } = read;
    if (refundId === null) {
      const refusal = read.kind === 'fault' ? read.fault : 'REFUND_ID';
      this.log.warn(`a refund is refused: ${refusal}`);
      await record(this.database, illegal(refusal), refusal);
      return illegal(refusal);
    }
    for (let tries = 1; ; tries++) {
      const before = await this.refunds.decided(refundId);
      if (before !== null) return this.repeat(read, before, record);
      try {
        return await this.decideFirst(read, refundId, record);
      } catch (error) {
        if (violatedConstraint(error) !== 'refunds_refund_id' || tries === MAX_TRIES) throw error;
      }
    }
  }

  /** The same again gets the same again; anything else under a known refundId changes nothing (R17). */
  private async repeat(read: ReadRefund, before: Decided, record: Record): Promise<RefundAnswer> {
    if (read.fingerprint !== before.fingerprint) {
      this.log.warn(`refund ${read.refundId} came again with another content`);
      await record(this.database, illegal('OTHER_CONTENT'), 'OTHER_CONTENT');
      return illegal('OTHER_CONTENT');
    }
    if (before.accepted && read.kind === 'order' && bringsOtherLinks(read.order, before)) {
      await this.refunds.changeLinks(read.order);
    }
    await record(this.database, before.answer, 'REPEATED');
    return before.answer;
  }

  /** Decision, money, message and record together, or nothing. */
  private async decideFirst(read: ReadRefund, refundId: RefundId, record: Record): Promise<RefundAnswer> {
    return this.database.transaction(async (tx) => {
      const { answer, remark } =
        read.kind === 'fault'
          ? await this.refuse(tx, read.fault, read, refundId)
          : await this.takeIn(tx, read.order, read);
      await record(tx, answer, remark);
      return answer;
    });
  }

  private async takeIn(tx: Tx, order: RefundOrder, read: ReadRefund): Promise<Intake> {
    const taken = await this.payments.accept(tx, order.kaspiPaymentId, order.customerId, order.amount);
    if (typeof taken === 'string') return this.refuse(tx, taken, read, order.refundId);
    const { payment, againstReversal } = taken;
    const deadlineMs = this.settings.REFUND_CREDIT_DEADLINE_MS;
    const refund = acceptedRefund(uuidv7(), order, payment, againstReversal, deadlineMs, this.clock.now());
    await this.refunds.keep(tx, refund, read.fingerprint, SUCCESS);
    tx.afterCommit(() => this.log.log(`refund ${refund.refundId} of payment ${payment.id} accepted`));
    if (againstReversal) await this.settleAgainstReversal(tx, refund);
    else {
      const payload: CreditPayload = { refundId: refund.refundId };
      await this.outbox.enqueue(tx, { topic: CREDIT_TOPIC, key: refund.id, payload, deadline: refund.creditBy });
    }
    await this.events.accepted(tx, refund, taken);
    return { answer: SUCCESS, remark: againstReversal ? 'AGAINST_REVERSAL' : null };
  }

  /** The customer has the money: what Kaspi owes us for it meets what we owe Kaspi for the purchase (R19). */
  private async settleAgainstReversal(tx: Tx, refund: Refund) {
    const { RECEIVABLE_FROM_KASPI, DIFFERENCES } = SHARED_ACCOUNTS;
    const { id: reference, amount, refundId: subject, customerId, paymentId } = refund;
    const entry = { purpose: 'REFUND' as const, reference, amount };
    await this.ledger.post(tx, [{ ...entry, debit: RECEIVABLE_FROM_KASPI, credit: DIFFERENCES }]);
    const alert: NewAlert = { kind: 'REFUND_AFTER_REVERSAL', subject, customerId, details: { paymentId } };
    await this.alerts.raise(tx, [alert]);
  }

  private async refuse(tx: Tx, refusal: Refusal, read: ReadRefund, refundId: RefundId): Promise<Intake> {
    const order = read.kind === 'order' ? read.order : null;
    const refused = { id: uuidv7(), refundId, refusal, order, at: this.clock.now() };
    await this.refunds.keepRefused(tx, refused, read.fingerprint, illegal(refusal));
    tx.afterCommit(() => this.log.warn(`refund ${refundId} refused: ${refusal}`));
    return { answer: illegal(refusal), remark: refusal };
  }
}

type Record = (queryable: Database | Tx, answer: RefundAnswer, remark: string | null) => Promise<void>;

function statusOf(read: ReadRefund): 200 | 400 {
  return read.kind === 'fault' && read.fault === 'NOT_JSON' ? 400 : 200;
}

function bringsOtherLinks({ linkReceipt, pdfReceipt }: RefundOrder, before: Decided): boolean {
  return linkReceipt !== before.linkReceipt || (pdfReceipt !== null && pdfReceipt !== before.pdfReceipt);
}
