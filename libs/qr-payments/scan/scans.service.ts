import { AuditTrail } from '@mpp/access';
import { Settings } from '@mpp/config';
import { KaspiQueries, type QueryAttempt, type ScanAnswer } from '@mpp/kaspi';
import { Clock, type CustomerId, DomainError, type Locale, type PaymentId } from '@mpp/kernel';
import { ClockCheck, Database } from '@mpp/platform';
import { Receipts } from '@mpp/receipts';
import { Injectable, Logger } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { newPayment } from '../domain/scan.js';
import { PaymentsRepository } from '../persistence/payments.repository.js';
import type { PaymentView } from '../watch/payment-watch.js';
import { queryError } from './query-error.js';

/** A new or known payment, or a refund QR. */
export type Scanned =
  | ({ readonly kind: 'payment'; readonly created: boolean } & PaymentView)
  | { readonly kind: 'refund'; readonly refundId: string };

type Purchase = Exclude<ScanAnswer, { qrCodeType: 'Refund' }>;

/** Turns a customer's scan into a payment. */
@Injectable()
export class Scans {
  private readonly log = new Logger('Payments');

  constructor(
    private readonly queries: KaspiQueries,
    private readonly payments: PaymentsRepository,
    private readonly receipts: Receipts,
    private readonly audit: AuditTrail,
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly clocks: ClockCheck,
    private readonly settings: Settings,
  ) {}

  /**
   * Scans the QR code at the PS and returns the customer's payment for that purchase, a new one or the existing one (R33). A
   * refund QR makes no payment: it is recorded for support, and the PS calls us later. Throws QR_UNKNOWN without a call if
   * QR_PATTERNS exclude the code, KASPI_REFUSED, KASPI_NO_ANSWER, SERVICE_UNAVAILABLE while the clock of this process is wrong.
   */
  async scan(customer: CustomerId, qrCode: string, locale: Locale): Promise<Scanned> {
    const { QR_PATTERNS: patterns } = this.settings;
    if (patterns.length > 0 && !patterns.some((pattern) => pattern.test(qrCode))) throw new DomainError('QR_UNKNOWN');
    await this.clocks.requireAgreement();
    const query = await this.queries.scan({ qrCode, customerId: customer }, locale);
    const answer = query.outcome.kind === 'answered' ? query.outcome.answer : null;
    if (answer === null) {
      await this.queries.recordOutcome(query);
      throw queryError(query.outcome);
    }
    return answer.qrCodeType === 'Refund'
      ? this.recordRefundScan(customer, answer.refundId, query)
      : this.savePurchase(customer, answer, query);
  }

  private async savePurchase(
    customer: CustomerId,
    purchase: Purchase,
    query: QueryAttempt<ScanAnswer>,
  ): Promise<Scanned> {
    const rules = { marginMs: this.settings.CONFIRM_MARGIN_MS, ttlMs: this.settings.PAYMENT_TTL_MS };
    // It decides until when a purchase without a deadline can be confirmed, and which answer of the PS is the newest (R42, R43).
    const now = this.clocks.agreedNow();
    if (now === null) {
      await this.queries.recordOutcome(query);
      throw new DomainError('SERVICE_UNAVAILABLE');
    }
    const saved = await this.payments.saveScanned(newPayment(uuidv7() as PaymentId, customer, purchase, rules, now));
    const { id } = saved.payment;
    await this.queries.recordOutcome(query, id);
    this.log.log(`${id} ${saved.created ? 'scanned' : 'scanned again'} (${query.requestId})`);
    const receipt = saved.created ? undefined : (await this.receipts.findByPayments([id])).get(id);
    return { kind: 'payment', ...saved, receipt: receipt ?? null };
  }

  private async recordRefundScan(
    customer: CustomerId,
    refundId: string,
    query: QueryAttempt<ScanAnswer>,
  ): Promise<Scanned> {
    const entry = { at: this.clock.now(), actor: customer, action: 'REFUND_QR_SCANNED' as const, subject: refundId };
    await this.audit.recordAction(this.database, {
      ...entry,
      customerId: customer,
      details: { requestId: query.requestId },
    });
    await this.queries.recordOutcome(query);
    this.log.log(`refund QR scanned (${query.requestId})`);
    return { kind: 'refund', refundId };
  }
}
