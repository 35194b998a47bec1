import { Exchanges, KaspiClient, type KaspiOutcome, type ScanAnswer, type ScanRequestBody } from '@mpp/kaspi';
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
    const asked = await this.ask(customer, qrCode, locale);
    const answer = answerOf(asked.outcome);
    if (answer.qrCodeType !== 'Dynamic') throw new DomainError('QR_UNKNOWN', { detail: NOT_YET });
    const { qrCodeType: _, ...purchase } = answer;
    const payment = newPayment(uuidv7() as PaymentId, customer, purchase, this.clock.now());
    const kept = await this.payments.keepScanned(payment);
    const receipt = kept.created ? undefined : (await this.receipts.of([kept.payment.id])).get(kept.payment.id);
    this.log.log(`${kept.payment.id} ${kept.created ? 'scanned' : 'scanned again'} (${asked.requestId})`);
    return { ...kept, receipt: receipt ?? null };
  }

  /** One quick retry where the PS did not answer: the customer waits (R13). Both attempts carry the same id. */
  private async ask(customer: CustomerId, qrCode: string, locale: Locale) {
    const body: ScanRequestBody = { qrCode, customerId: customer };
    const request = { requestId: requestId(uuidv7()), locale, body: JSON.stringify(body) };
    for (let attempt = 1; ; attempt++) {
      const key = { requestId: request.requestId, attempt };
      await this.exchanges.begin([{ ...key, method: 'scan', paymentId: null, body: request.body }]);
      const outcome = await this.kaspi.scan(request);
      await this.exchanges.end(this.database, [{ ...key, outcome }]);
      if (outcome.kind === 'answered' || attempt === ATTEMPTS) return { requestId: request.requestId, outcome };
    }
  }
}

const NOT_YET = { ru: 'Такой QR-код пока нельзя оплатить.', kk: 'Мұндай QR-кодты әзірге төлеу мүмкін емес.' };

function answerOf(outcome: KaspiOutcome<ScanAnswer>): ScanAnswer {
  switch (outcome.kind) {
    case 'answered':
      if (outcome.answer !== null) return outcome.answer;
      throw new DomainError('KASPI_REFUSED', {
        detail: refusalText(outcome.resultCode),
        kaspiResultCode: outcome.resultCode,
      });
    case 'not-sent':
    case 'unknown':
      throw new DomainError('KASPI_NO_ANSWER');
  }
}
