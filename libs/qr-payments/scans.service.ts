import {
  type ExchangeKey,
  Exchanges,
  KaspiClient,
  type KaspiOutcome,
  type ScanAnswer,
  type ScanRequestBody,
} from '@mpp/kaspi';
import { Clock, type CustomerId, DomainError, type Locale, type PaymentId, requestId } from '@mpp/kernel';
import { Database } from '@mpp/platform';
import { Receipts } from '@mpp/receipts';
import { Injectable, Logger } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { refusalText } from './domain/refusal-texts.js';
import { newPayment } from './domain/scan.js';
import type { PaymentView } from './payment-watch.js';
import { PaymentsRepository } from './persistence/payments.repository.js';

const ATTEMPTS = 2;

/** What a customer's scan leads to. */
@Injectable()
export class Scans {
  private readonly log = new Logger('Payments');

  constructor(
    private readonly kaspi: KaspiClient,
    private readonly exchanges: Exchanges,
    private readonly payments: PaymentsRepository,
    private readonly receipts: Receipts,
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /**
   * Asks the PS what the QR is, and returns the customer's payment of that purchase: a new one, or the one they have
   * already (R33). Throws KASPI_REFUSED, KASPI_NO_ANSWER, or QR_UNKNOWN for a type that is not paid here yet.
   */
  async scan(customer: CustomerId, qrCode: string, locale: Locale): Promise<PaymentView & { created: boolean }> {
    const exchange = await this.ask(customer, qrCode, locale);
    const kept = await this.keep(customer, exchange.outcome);
    await this.exchanges.end(this.database, [{ ...exchange, ...(kept && { paymentId: kept.payment.id }) }]);
    if (kept === null) throw refusalOf(exchange.outcome);
    const { id } = kept.payment;
    this.log.log(`${id} ${kept.created ? 'scanned' : 'scanned again'} (${exchange.requestId})`);
    const receipt = kept.created ? undefined : (await this.receipts.of([id])).get(id);
    return { ...kept, receipt: receipt ?? null };
  }

  /**
   * One quick retry where the PS did not answer: the customer waits (R13). Both attempts carry the same id; the last one
   * is returned before its end is on record.
   */
  private async ask(customer: CustomerId, qrCode: string, locale: Locale): Promise<Exchange> {
    const body: ScanRequestBody = { qrCode, customerId: customer };
    const request = { requestId: requestId(uuidv7()), locale, body: JSON.stringify(body) };
    for (let attempt = 1; ; attempt++) {
      const key = { requestId: request.requestId, attempt };
      await this.exchanges.begin([{ ...key, method: 'scan', paymentId: null, body: request.body }]);
      const outcome = await this.kaspi.scan(request);
      if (outcome.kind === 'answered' || attempt === ATTEMPTS) return { ...key, outcome };
      await this.exchanges.end(this.database, [{ ...key, outcome }]);
    }
  }

  /** Null where there is no payment to keep. */
  private async keep(customer: CustomerId, outcome: Exchange['outcome']) {
    const answer = outcome.kind === 'answered' ? outcome.answer : null;
    if (answer === null || answer.qrCodeType !== 'Dynamic') return null;
    const { qrCodeType: _, ...purchase } = answer;
    return this.payments.keepScanned(newPayment(uuidv7() as PaymentId, customer, purchase, this.clock.now()));
  }
}

type Exchange = ExchangeKey & { readonly outcome: KaspiOutcome<ScanAnswer> };

const NOT_YET = { ru: 'Такой QR-код пока нельзя оплатить.', kk: 'Мұндай QR-кодты әзірге төлеу мүмкін емес.' };

function refusalOf(outcome: KaspiOutcome<ScanAnswer>): DomainError {
  switch (outcome.kind) {
    case 'answered':
      if (outcome.answer !== null) return new DomainError('QR_UNKNOWN', { detail: NOT_YET });
      return new DomainError('KASPI_REFUSED', {
        detail: refusalText(outcome.resultCode),
        kaspiResultCode: outcome.resultCode,
      });
    case 'not-sent':
    case 'unknown':
      return new DomainError('KASPI_NO_ANSWER');
  }
}
