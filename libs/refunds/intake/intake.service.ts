import { Alerts } from '@mpp/alerts';
import { CoreOperations } from '@mpp/core-banking';
import { Clock, type RefundId } from '@mpp/kernel';
import { ClockCheck, Database, derivedId, Metrics, type Queryable, type Tx, violatedConstraint } from '@mpp/platform';
import { PaymentRefunds } from '@mpp/qr-payments';
import { Recovery } from '@mpp/recovery';
import { Injectable, Logger } from '@nestjs/common';
import { Counter } from 'prom-client';
import { illegal, type RefundAnswer, type Refusal, SUCCESS } from '../domain/answer.js';
import type { RefundOrder } from '../domain/refund.js';
import { DEFERRED, type RefundCall } from '../domain/timeline.js';
import {
  DecidedElsewhere,
  type RefundDecision,
  RefundDecisionsRepository,
} from '../persistence/refund-decisions.repository.js';
import { RefundAcceptance } from './acceptance.js';
import { DeferredRefund } from './deferred-refund.js';
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
    private readonly acceptance: RefundAcceptance,
    private readonly core: CoreOperations,
    private readonly alerts: Alerts,
    private readonly recovery: Recovery,
    private readonly clock: Clock,
    private readonly clocks: ClockCheck,
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
    const httpStatus = read.kind === 'fault' && NOT_WELL_FORMED.has(read.fault) ? 400 : 200;
    const { refundId, shown } = read;
    const called = { refundId, requestId, body: shown, receivedAt: this.clock.now() };
    const { answer } = await this.decide(read, requestId, (write, { answer: { resultCode }, remark }) =>
      this.decisions.insertCall(write, { ...called, httpStatus, resultCode, remark }),
    ).catch(async (error: unknown) => {
      if (error instanceof DeferredRefund) await this.deferRefund(called, error.refusal);
      throw error;
    });
    this.requests.inc({ result: answer.resultCode });
    return { ...answer, httpStatus };
  }

  private async decide(read: ReadRefund, requestId: string, recordCall: RecordCall): Promise<Verdict> {
    const { refundId } = read;
    if (refundId === null) return this.refuseUnnamed(read, requestId, recordCall);
    let takenUp = false;
    for (let tries = 1; ; tries++) {
      const decided = await this.decisions.findDecision(refundId);
      if (decided !== null && !(decided.recheck && read.fingerprint === decided.fingerprint)) {
        return this.repeat(read, refundId, decided, recordCall);
      }
      try {
        return await this.decideNow(read, refundId, { isRecheck: decided !== null, takenUp }, recordCall);
      } catch (error) {
        const constraint = violatedConstraint(error);
        const isDecided = error instanceof DecidedElsewhere || constraint === 'refunds_refund_id';
        const isTakenUp = constraint === 'refunds_not_taken_up';
        if (!(isDecided || isTakenUp) || tries === MAX_TRIES) throw error;
        takenUp = isTakenUp;
      }
    }
  }

  /** The PS repeats what cannot be decided yet; operators see what waits (R20, R39). */
  private async deferRefund(
    called: Pick<RefundCall, 'refundId' | 'requestId' | 'body' | 'receivedAt'>,
    refusal: DeferredRefund['refusal'],
  ) {
    const deferred = { httpStatus: 503, resultCode: DEFERRED, remark: refusal };
    await this.decisions.insertCall(this.database, { ...called, ...deferred });
    this.log.warn(`refund ${called.refundId} must be repeated: ${refusal}`);
    this.requests.inc({ result: DEFERRED });
  }

  private async refuseUnnamed(read: ReadRefund, requestId: string, recordCall: RecordCall): Promise<Verdict> {
    const verdict = refused(read.kind === 'fault' ? read.fault : 'REFUND_ID');
    this.log.warn(`a refund is refused: ${verdict.remark}`);
    await this.database.transaction(async (tx) => {
      await this.raiseRefused(tx, `request ${requestId}`, verdict, read);
      await recordCall(tx, verdict);
    });
    return verdict;
  }

  /** Equal content gets the equal answer; other content under a known refundId changes nothing (R17). */
  private async repeat(
    read: ReadRefund,
    refundId: RefundId,
    decided: RefundDecision,
    recordCall: RecordCall,
  ): Promise<Verdict> {
    const { fingerprint, accepted, resultCode, resultMessage } = decided;
    if (read.fingerprint !== fingerprint) return this.refuseOtherContent(read, refundId, recordCall);
    if (accepted && read.kind === 'order' && bringsOtherLinks(read.order, decided)) {
      await this.decisions.changeLinks(read.order);
    }
    const verdict = { answer: { resultCode, resultMessage }, remark: 'REPEATED' };
    await recordCall(this.database, verdict);
    return verdict;
  }

  private async refuseOtherContent(read: ReadRefund, refundId: RefundId, recordCall: RecordCall): Promise<Verdict> {
    this.log.warn(`refund ${refundId} came again with another content`);
    const verdict = refused('OTHER_CONTENT');
    await this.database.transaction(async (tx) => {
      await this.raiseRefused(tx, refundId, verdict, read);
      await recordCall(tx, verdict);
    });
    return verdict;
  }

  /** Writes decision, journal entry, message and call in one transaction; a refusal that is decided again keeps its id. */
  private async decideNow(
    read: ReadRefund,
    refundId: RefundId,
    { isRecheck, takenUp }: { readonly isRecheck: boolean; readonly takenUp: boolean },
    recordCall: RecordCall,
  ): Promise<Verdict> {
    // The hour of the customer begins now (R21, R42).
    await this.clocks.requireAgreement();
    if (this.recovery.everBegan && read.kind === 'order') await this.requireNotGivenBack(read.order);
    return this.database.transaction(async (tx) => {
      const rechecked = await this.decisions.lockRecheck(tx, refundId);
      // Another copy was decided while this one waited for the lock.
      if (isRecheck && rechecked === null) throw new DecidedElsewhere(refundId);
      const id = rechecked ?? derivedId('refund', refundId);
      const accepts = read.kind === 'order' && !takenUp;
      const verdict = accepts
        ? await this.accept(tx, id, read.order, read)
        : await this.refuse(tx, id, read.kind === 'fault' ? read.fault : 'TAKEN_UP', read, refundId);
      await recordCall(tx, verdict);
      return verdict;
    });
  }

  /** The PS repeats the refund until an operator has resolved the payment (R20, R39). */
  private async requireNotGivenBack({ kaspiPaymentId, customerId }: RefundOrder): Promise<void> {
    if (await this.payments.mayBeGivenBack(kaspiPaymentId, customerId))
      throw new DeferredRefund('GIVEN_BACK', 'RECOVERY');
  }

  private async accept(tx: Tx, id: string, order: RefundOrder, read: ReadRefund): Promise<Verdict> {
    const { refundId } = order;
    // The payment is locked first: a refund that an operator takes up at the same time is seen here, or sees this one.
    const payment = await this.payments.lockPurchase(tx, order.kaspiPaymentId, order.customerId);
    // An operator debits the customer for the purchase (R40): whether they paid is known with the core's answer.
    if (payment !== null && (await this.core.isDebitOpen(tx, payment)))
      throw new DeferredRefund('DEBIT_OPEN', 'CORE_UNAVAILABLE');
    const takenUp = await this.decisions.claimTakenUp(tx, id, order, read.fingerprint);
    if (takenUp === 'other amount') return this.refuse(tx, id, 'TAKEN_UP', read, refundId);
    if (takenUp === 'claimed') {
      tx.afterCommit(() => this.log.log(`refund ${refundId} was taken up from a registry before`));
      return { answer: SUCCESS, remark: 'TAKEN_UP' };
    }
    const accepted = await this.acceptance.acceptRefund(tx, id, order, (refund) =>
      this.decisions.saveAccepted(tx, refund, read.fingerprint, SUCCESS),
    );
    if (typeof accepted === 'string') {
      if (this.recovery.active && CAN_BE_FORGOTTEN.has(accepted)) throw new DeferredRefund(accepted, 'RECOVERY');
      return this.refuse(tx, id, accepted, read, refundId);
    }
    const { refund, againstReversal } = accepted;
    tx.afterCommit(() => this.log.log(`refund ${refundId} of payment ${refund.paymentId} accepted`));
    return { answer: SUCCESS, remark: againstReversal ? 'AGAINST_REVERSAL' : null };
  }

  private async refuse(tx: Tx, id: string, refusal: Refusal, read: ReadRefund, refundId: RefundId): Promise<Verdict> {
    const order = read.kind === 'order' ? read.order : null;
    const verdict = refused(refusal);
    const row = { id, refundId, refusal, order, createdAt: this.clock.now() };
    await this.decisions.saveRefused(tx, row, read.fingerprint, verdict.answer);
    await this.raiseRefused(tx, refundId, verdict, read);
    tx.afterCommit(() => this.log.warn(`refund ${refundId} refused: ${refusal}`));
    return verdict;
  }

  /** The PS may take our refusal as final: a person has to look at it (R40). */
  private async raiseRefused(tx: Tx, subject: string, { remark }: Verdict, read: ReadRefund): Promise<void> {
    const order = read.kind === 'order' ? read.order : null;
    const details = {
      refusal: remark,
      paymentId: order?.kaspiPaymentId ?? null,
      amount: order?.amount.toString() ?? null,
    };
    await this.alerts.raiseAlerts(tx, [{ kind: 'REFUND_REFUSED', subject, details }]);
  }
}

/** Not what R20 calls JSON: it has no meaning, or two. */
const NOT_WELL_FORMED: ReadonlySet<Refusal> = new Set<Refusal>(['NOT_JSON', 'TWO_VALUES']);

/** A database that was restored can have forgotten the payment, its debit, or that an operator took a larger amount (R39). */
const CAN_BE_FORGOTTEN: ReadonlySet<Refusal> = new Set([
  ...['UNKNOWN_PAYMENT', 'OTHER_CUSTOMER', 'NOT_DEBITED', 'ABOVE_PAYMENT'],
] as Refusal[]);

function refused(refusal: Refusal): Verdict {
  return { answer: illegal(refusal), remark: refusal };
}

function bringsOtherLinks({ linkReceipt, pdfReceipt }: RefundOrder, decided: RefundDecision): boolean {
  return linkReceipt !== decided.linkReceipt || (pdfReceipt !== null && pdfReceipt !== decided.pdfReceipt);
}
