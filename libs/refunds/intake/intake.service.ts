import { Alerts } from '@mpp/alerts';
import { Settings } from '@mpp/config';
import { Clock, type RefundId } from '@mpp/kernel';
import { Ledger, SHARED_ACCOUNTS } from '@mpp/ledger';
import { Outbox } from '@mpp/outbox';
import { ClockCheck, Database, Metrics, type Queryable, type Tx, violatedConstraint } from '@mpp/platform';
import { PaymentRefunds } from '@mpp/qr-payments';
import { Injectable, Logger } from '@nestjs/common';
import { Counter } from 'prom-client';
import { v7 as uuidv7 } from 'uuid';
import { CREDIT_TOPIC, type CreditPayload } from '../crediting/topic.js';
import { illegal, type RefundAnswer, type Refusal, SUCCESS } from '../domain/answer.js';
import { acceptedRefund, type Refund, type RefundOrder } from '../domain/refund.js';
import { type RefundDecision, RefundDecisionsRepository } from '../persistence/refund-decisions.repository.js';
import { RefundEvents } from '../refund-events.js';
import { type ReadRefund, readRefundBody } from './refund-body.js';

/** The answer to the PS over HTTP. */
export interface RefundReply extends RefundAnswer {
  readonly httpStatus: 200 | 400;
}

/** An answer and why it is given, for operators. */
interface Verdict {
  readonly answer: RefundAnswer;
  readonly remark: string | null;
}

/** Writes the call and its answer. */
type RecordCall = (write: Queryable, verdict: Verdict) => Promise<void>;

/** Each further try means that another transaction decided about the same refundId in between. */
const MAX_TRIES = 5;

/** Decides about the refunds of the PS, once per refundId however many copies arrive at the same time (R17 to R20). */
@Injectable()
export class RefundIntake {
  private readonly log = new Logger('Refunds');
  private readonly requests: Counter;

  constructor(
    private readonly database: Database,
    private readonly decisions: RefundDecisionsRepository,
    private readonly payments: PaymentRefunds,
    private readonly ledger: Ledger,
    private readonly outbox: Outbox,
    private readonly alerts: Alerts,
    private readonly events: RefundEvents,
    private readonly clock: Clock,
    private readonly clocks: ClockCheck,
    private readonly settings: Settings,
    metrics: Metrics,
  ) {
    this.requests = new Counter({
      name: 'mpp_refund_requests_total',
      help: 'Refund requests of the PS, repeats included, by result code',
      labelNames: ['result'],
      registers: [metrics.registry],
    });
  }

  /**
   * Answers any body. The same refundId with the same content always gets the same answer. SUCCESS promises that the customer
   * has the money within the hour; the promise is committed before the answer is returned. Rejects if the request cannot be
   * decided now: the PS must repeat it.
   */
  async receiveRefund(body: string, requestId: string): Promise<RefundReply> {
    const read = readRefundBody(body);
    const httpStatus = read.kind === 'fault' && read.fault === 'NOT_JSON' ? 400 : 200;
    const { answer } = await this.decide(read, (write, { answer: { resultCode }, remark }) => {
      const { refundId, shown } = read;
      const receivedAt = this.clock.now();
      const call = { refundId, requestId, body: shown, httpStatus, resultCode, remark, receivedAt };
      return this.decisions.insertCall(write, call);
    });
    this.requests.inc({ result: answer.resultCode });
    return { ...answer, httpStatus };
  }

  private async decide(read: ReadRefund, recordCall: RecordCall): Promise<Verdict> {
    const { refundId } = read;
    if (refundId === null) return this.refuseUnnamed(read, recordCall);
    for (let tries = 1; ; tries++) {
      const decided = await this.decisions.findDecision(refundId);
      if (decided !== null) return this.repeat(read, decided, recordCall);
      try {
        return await this.decideFirst(read, refundId, recordCall);
      } catch (error) {
        if (violatedConstraint(error) !== 'refunds_refund_id' || tries === MAX_TRIES) throw error;
      }
    }
  }

  private async refuseUnnamed(read: ReadRefund, recordCall: RecordCall): Promise<Verdict> {
    const verdict = refused(read.kind === 'fault' ? read.fault : 'REFUND_ID');
    this.log.warn(`a refund is refused: ${verdict.remark}`);
    await recordCall(this.database, verdict);
    return verdict;
  }

  /** Equal content gets the equal answer; other content under a known refundId changes nothing (R17). */
  private async repeat(read: ReadRefund, decided: RefundDecision, recordCall: RecordCall): Promise<Verdict> {
    const { fingerprint, accepted, resultCode, resultMessage } = decided;
    const equal = read.fingerprint === fingerprint;
    if (!equal) this.log.warn(`refund ${read.refundId} came again with another content`);
    else if (accepted && read.kind === 'order' && bringsOtherLinks(read.order, decided)) {
      await this.decisions.changeLinks(read.order);
    }
    const verdict = equal ? { answer: { resultCode, resultMessage }, remark: 'REPEATED' } : refused('OTHER_CONTENT');
    await recordCall(this.database, verdict);
    return verdict;
  }

  /** Writes decision, journal entry, message and call in one transaction. */
  private async decideFirst(read: ReadRefund, refundId: RefundId, recordCall: RecordCall): Promise<Verdict> {
    // The hour of the customer begins now (R21, R42).
    await this.clocks.requireAgreement();
    return this.database.transaction(async (tx) => {
      const verdict =
        read.kind === 'fault'
          ? await this.refuse(tx, read.fault, read, refundId)
          : await this.accept(tx, read.order, read);
      await recordCall(tx, verdict);
      return verdict;
    });
  }

  private async accept(tx: Tx, order: RefundOrder, read: ReadRefund): Promise<Verdict> {
    const accepted = await this.payments.acceptRefund(tx, order.kaspiPaymentId, order.customerId, order.amount);
    if (typeof accepted === 'string') return this.refuse(tx, accepted, read, order.refundId);
    const { payment, againstReversal } = accepted;
    const deadlineMs = this.settings.REFUND_CREDIT_DEADLINE_MS;
    const refund = acceptedRefund(uuidv7(), order, payment, againstReversal, deadlineMs, this.clock.now());
    await this.decisions.saveAccepted(tx, refund, read.fingerprint, SUCCESS);
    tx.afterCommit(() => this.log.log(`refund ${refund.refundId} of payment ${payment.id} accepted`));
    if (againstReversal) await this.settleAgainstReversal(tx, refund);
    else {
      const payload: CreditPayload = { refundId: refund.refundId };
      await this.outbox.enqueueMessage(tx, { topic: CREDIT_TOPIC, key: refund.id, payload, deadline: refund.creditBy });
    }
    await this.events.enqueueAccepted(tx, refund, accepted);
    return { answer: SUCCESS, remark: againstReversal ? 'AGAINST_REVERSAL' : null };
  }

  /** The customer has the money: Kaspi's debt for the refund is booked against ours for the purchase (R19). */
  private async settleAgainstReversal(tx: Tx, refund: Refund): Promise<void> {
    const { RECEIVABLE_FROM_KASPI, DIFFERENCES } = SHARED_ACCOUNTS;
    const { id: reference, amount, refundId: subject, customerId, paymentId } = refund;
    await this.ledger.postEntries(tx, [
      { purpose: 'REFUND', reference, amount, debit: RECEIVABLE_FROM_KASPI, credit: DIFFERENCES },
    ]);
    await this.alerts.raiseAlerts(tx, [{ kind: 'REFUND_AFTER_REVERSAL', subject, customerId, details: { paymentId } }]);
  }

  private async refuse(tx: Tx, refusal: Refusal, read: ReadRefund, refundId: RefundId): Promise<Verdict> {
    const order = read.kind === 'order' ? read.order : null;
    const verdict = refused(refusal);
    const row = { id: uuidv7(), refundId, refusal, order, createdAt: this.clock.now() };
    await this.decisions.saveRefused(tx, row, read.fingerprint, verdict.answer);
    tx.afterCommit(() => this.log.warn(`refund ${refundId} refused: ${refusal}`));
    return verdict;
  }
}

function refused(refusal: Refusal): Verdict {
  return { answer: illegal(refusal), remark: refusal };
}

function bringsOtherLinks({ linkReceipt, pdfReceipt }: RefundOrder, decided: RefundDecision): boolean {
  return linkReceipt !== decided.linkReceipt || (pdfReceipt !== null && pdfReceipt !== decided.pdfReceipt);
}
