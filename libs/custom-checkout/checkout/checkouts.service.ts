import { type CheckoutAnswer, KaspiQueries } from '@mpp/kaspi';
import { type CustomerId, DomainError, type Locale, type PaymentId } from '@mpp/kernel';
import {
  CustomPayments,
  type FormValue,
  type Payment,
  Payments,
  type PaymentView,
  queryError,
  type ServiceForm,
} from '@mpp/qr-payments';
import { Injectable } from '@nestjs/common';
import { filled, sameValues } from '../domain/filling.js';

const MAX_TRIES = 5;

/** The price of a service whose form the customer filled in. Source: regulation 4.2. */
@Injectable()
export class Checkouts {
  constructor(
    private readonly custom: CustomPayments,
    private readonly payments: Payments,
    private readonly queries: KaspiQueries,
  ) {}

  /**
   * Requests the price from the PS and returns the payment with it. The values are frozen before they are first sent (R37): a repetition
   * with the same values returns the same payment, and calls the PS only if there is no price yet; other values throw FORM_FROZEN.
   * Also throws FORM_INVALID without a call, AMOUNT_NOT_WHOLE for a price with tiyn (R3), KASPI_REFUSED, KASPI_NO_ANSWER,
   * SERVICE_UNAVAILABLE while the clock of this process is wrong, and STATE_CONFLICT for a payment that is not Custom or does not wait for a checkout.
   */
  async checkout(
    customer: CustomerId,
    id: PaymentId,
    given: readonly FormValue[],
    locale: Locale,
  ): Promise<PaymentView> {
    const { payment, form, values } = await this.freezeValues(customer, id, given);
    if (payment.status !== 'AWAITING_CHECKOUT') return this.payments.getPayment(customer, id);
    const price = await this.requestPrice(payment, form, values, locale);
    if (!price.amount.isWholeTenge()) throw new DomainError('AMOUNT_NOT_WHOLE', { detail: PRICE_WITH_TIYN });
    const view = await this.custom.writePrice(customer, id, price);
    if (view.payment.amount === null) throw new DomainError('STATE_CONFLICT');
    return view;
  }

  /** Freezes the values unless they are frozen already. Throws FORM_FROZEN if the payment has other frozen values. */
  private async freezeValues(customer: CustomerId, id: PaymentId, given: readonly FormValue[]) {
    for (let tries = 1; tries <= MAX_TRIES; tries++) {
      const payment = await this.custom.findPayment(customer, id);
      const { service: form, formValues } = payment;
      if (form === null) throw new DomainError('STATE_CONFLICT', { detail: NO_FORM });
      const values = filled(form, completed(given, formValues ?? []));
      if (formValues !== null) {
        if (!sameValues(formValues, values)) throw new DomainError('FORM_FROZEN');
        if (payment.amount === null && !(await this.custom.awaitsCheckout(payment)))
          throw new DomainError('STATE_CONFLICT');
        return { payment, form, values };
      }
      if (!(await this.custom.awaitsCheckout(payment))) throw new DomainError('STATE_CONFLICT');
      if (await this.custom.freezeForm(payment, values)) return { payment, form, values };
    }
    throw new DomainError('STATE_CONFLICT');
  }

  private async requestPrice(
    { id, kaspiPaymentId }: Payment,
    form: ServiceForm,
    values: readonly FormValue[],
    locale: Locale,
  ): Promise<CheckoutAnswer> {
    const body = { paymentId: kaspiPaymentId, serviceId: form.id, parameters: [...values] };
    const query = await this.queries.checkout(body, locale, id);
    await this.queries.recordOutcome(query);
    const { outcome } = query;
    if (outcome.kind !== 'answered' || outcome.answer === null) throw queryError(outcome);
    return outcome.answer;
  }
}

/** Frozen values may be left out, like values of the PS. */
function completed(given: readonly FormValue[], frozen: readonly FormValue[]): FormValue[] {
  return [...given, ...frozen.filter(({ id }) => !given.some((value) => value.id === id))];
}

const NO_FORM = {
  ru: 'Для этого платежа данные услуги не заполняются.',
  kk: 'Бұл төлем үшін қызмет деректері толтырылмайды.',
};
const PRICE_WITH_TIYN = {
  ru: 'Kaspi назвал цену с тиынами: такую услугу оплатить нельзя.',
  kk: 'Kaspi бағаны тиынмен көрсетті: мұндай қызмет үшін төлеу мүмкін емес.',
};
