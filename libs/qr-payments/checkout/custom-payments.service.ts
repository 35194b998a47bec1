import { Settings } from '@mpp/config';
import { Clock, type CustomerId, DomainError, type PaymentId } from '@mpp/kernel';
import { ClockCheck, violatedConstraint } from '@mpp/platform';
import { Injectable, Logger } from '@nestjs/common';
import { type Price, priced } from '../domain/checkout.js';
import { isPastExpiry } from '../domain/confirm.js';
import type { Payment } from '../domain/payment.js';
import type { FormValue } from '../domain/service-form.js';
import { PaymentsRepository } from '../persistence/payments.repository.js';
import { type PaymentView, PaymentWatch } from '../watch/payment-watch.js';

const MAX_TRIES = 5;

/** Custom payments for the lib custom-checkout: the form, the frozen values, the price. */
@Injectable()
export class CustomPayments {
  private readonly log = new Logger('Payments');

  constructor(
    private readonly payments: PaymentsRepository,
    private readonly watch: PaymentWatch,
    private readonly clock: Clock,
    private readonly clocks: ClockCheck,
    private readonly settings: Settings,
  ) {}

  /** NOT_FOUND for a payment of another customer. */
  async findPayment(customer: CustomerId, id: PaymentId): Promise<Payment> {
    const payment = await this.payments.findPayment(customer, id);
    if (payment === null) throw new DomainError('NOT_FOUND');
    return payment;
  }

  /** The payment waits for checkout and is not expired. SERVICE_UNAVAILABLE if only the clock of this process, which is wrong, could tell. */
  async awaitsCheckout(payment: Payment): Promise<boolean> {
    if (payment.status !== 'AWAITING_CHECKOUT') return false;
    await this.clocks.requireAgreement();
    return !isPastExpiry(payment, this.clock.now());
  }

  /**
   * Stores the values before checkout is sent: no other values can be sent afterwards (R37). Returns false if the payment changed
   * since it was read. FORM_FROZEN if another payment of the purchase has frozen other values.
   */
  async freezeForm(payment: Payment, values: readonly FormValue[]): Promise<boolean> {
    try {
      return await this.payments.freezeForm(payment, values, this.clock.now());
    } catch (error) {
      throw violatedConstraint(error) === 'qr_payments_one_form' ? new DomainError('FORM_FROZEN') : error;
    }
  }

  /**
   * Sets the price; a payment that has been priced, cancelled or expired is returned unchanged. SERVICE_UNAVAILABLE while the clock of
   * this process is wrong: the price would have a wrong deadline (R42).
   */
  async writePrice(customer: CustomerId, id: PaymentId, price: Price): Promise<PaymentView> {
    const rules = { marginMs: this.settings.CONFIRM_MARGIN_MS, ttlMs: this.settings.PAYMENT_TTL_MS };
    for (let tries = 1; tries <= MAX_TRIES; tries++) {
      const before = await this.findPayment(customer, id);
      if (before.status !== 'AWAITING_CHECKOUT') return { payment: before, receipt: null };
      const now = this.clocks.agreedNow();
      if (now === null) throw new DomainError('SERVICE_UNAVAILABLE');
      const payment = await this.payments.writePriced(priced(before, price, rules, now));
      if (payment === null) continue;
      this.log.log(`${id} priced`);
      const view = { payment, receipt: null };
      this.watch.notifyChanged([view]);
      return view;
    }
    throw new DomainError('STATE_CONFLICT');
  }
}
