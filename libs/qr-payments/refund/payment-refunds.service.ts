import { Clock, type Money, type PaymentId } from '@mpp/kernel';
import { Ledger } from '@mpp/ledger';
import type { Tx } from '@mpp/platform';
import { Injectable, Logger } from '@nestjs/common';
import type { Payment } from '../domain/payment.js';
import { decideRefund, type RefundRefusal } from '../domain/refund.js';
import { PaymentEvents } from '../events/payment-events.js';
import { PaymentWatch } from '../watch/payment-watch.js';
import { PaymentsRepository } from '../persistence/payments.repository.js';
import { writeSettled } from '../persistence/settle.statement.js';
import { entryOf } from '../posting/payment-entry.js';

/** A refund that the payment has taken in. */
export interface AcceptedRefund {
  readonly payment: Payment;
  /** The customer has the money already: nothing is to be credited (R19). */
  readonly againstReversal: boolean;
}

/** What refunds need of a payment: to take one in, guarded against any other at the same moment. */
@Injectable()
export class PaymentRefunds {
  private readonly log = new Logger('Payments');

  constructor(
    private readonly payments: PaymentsRepository,
    private readonly ledger: Ledger,
    private readonly events: PaymentEvents,
    private readonly watch: PaymentWatch,
    private readonly clock: Clock,
  ) {}

  /**
   * Adds the amount to what is refunded of the customer's payment of the purchase, or says why not; see
   * {@link decideRefund}. The payment stays locked until the transaction ends. A payment that waited for the PS's answer
   * is CONFIRMED by it, its money owed to Kaspi first; its notify goes on asking for the receipt.
   */
  async accept(tx: Tx, purchase: string, customer: string, amount: Money): Promise<AcceptedRefund | RefundRefusal> {
    const before = await this.payments.lockOfPurchase(tx, purchase, customer);
    if (before === 'of nobody') return 'UNKNOWN_PAYMENT';
    if (before === 'of another customer') return 'OTHER_CUSTOMER';
    const decision = decideRefund(before, amount, this.clock.now());
    if (decision.kind === 'refused') return decision.refusal;
    const { payment, posting, againstReversal } = decision;
    await writeSettled(tx, [{ before, payment }]);
    if (posting !== null) await this.ledger.post(tx, [entryOf(payment, posting)]);
    if (payment.status !== before.status) {
      // There is no receipt yet: it comes with the PS's answer.
      const view = { payment, receipt: null };
      await this.events.enqueue(tx, [view]);
      tx.afterCommit(() => {
        this.log.warn(`${payment.id} ${before.status} → ${payment.status}: the PS refunds it`);
        this.watch.changed([view]);
      });
    }
    return { payment, againstReversal };
  }

  /** The shops' names, where they are known. */
  async merchants(tx: Tx, ids: readonly PaymentId[]): Promise<ReadonlyMap<PaymentId, string | null>> {
    return this.payments.merchants(tx, ids);
  }
}
