import { Alerts } from '@mpp/alerts';
import { Settings } from '@mpp/config';
import { Clock } from '@mpp/kernel';
import { Ledger, SHARED_ACCOUNTS } from '@mpp/ledger';
import { Outbox } from '@mpp/outbox';
import type { Tx } from '@mpp/platform';
import { PaymentRefunds, type RefundRefusal } from '@mpp/qr-payments';
import { Injectable } from '@nestjs/common';
import { CREDIT_TOPIC, type CreditPayload } from '../crediting/topic.js';
import { acceptedRefund, type NewRefund, type Refund } from '../domain/refund.js';
import { RefundDecisionsRepository } from '../persistence/refund-decisions.repository.js';
import { RefundEvents } from '../refund-events.js';

export interface Acceptance {
  readonly refund: Refund;
  /** The customer had the money already, and no credit is made (R19). */
  readonly againstReversal: boolean;
}

/** Accepts refunds with all that follows: the sum of the payment, the decision, the credit or the journal entry, the event. */
@Injectable()
export class RefundAcceptance {
  constructor(
    private readonly payments: PaymentRefunds,
    private readonly decisions: RefundDecisionsRepository,
    private readonly ledger: Ledger,
    private readonly outbox: Outbox,
    private readonly alerts: Alerts,
    private readonly events: RefundEvents,
    private readonly clock: Clock,
    private readonly settings: Settings,
  ) {}

  /** Accepts the refund under this id and saves the decision with `save`, or returns the refusal; see {@link PaymentRefunds}. */
  async acceptRefund(
    tx: Tx,
    id: string,
    order: NewRefund,
    save: (refund: Refund) => Promise<void>,
  ): Promise<Acceptance | RefundRefusal> {
    const { kaspiPaymentId, customerId, amount } = order;
    const readSums = (payment: Refund['paymentId']) => this.decisions.readSums(tx, payment, customerId);
    const accepted = await this.payments.acceptRefund(tx, kaspiPaymentId, customerId, amount, readSums);
    if (typeof accepted === 'string') return accepted;
    const { payment, accountId, againstReversal } = accepted;
    const deadlineMs = this.settings.REFUND_CREDIT_DEADLINE_MS;
    const refund = acceptedRefund(id, order, { ...payment, accountId }, againstReversal, deadlineMs, this.clock.now());
    await save(refund);
    if (againstReversal) await this.settleAgainstReversal(tx, refund);
    else {
      const payload: CreditPayload = { refundId: refund.refundId };
      await this.outbox.enqueueMessage(tx, { topic: CREDIT_TOPIC, key: refund.id, payload, deadline: refund.creditBy });
    }
    await this.events.enqueueAccepted(tx, refund, accepted);
    return { refund, againstReversal };
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
}
