import { AuditTrail } from '@mpp/access';
import { Settings } from '@mpp/config';
import { type Asked, Questions, type ScanAnswer } from '@mpp/kaspi';
import { Clock, type CustomerId, DomainError, type Locale, type PaymentId } from '@mpp/kernel';
import { Database } from '@mpp/platform';
import { Receipts } from '@mpp/receipts';
import { Injectable, Logger } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { newPayment } from '../domain/scan.js';
import type { PaymentView } from '../watch/payment-watch.js';
import { PaymentsRepository } from '../persistence/payments.repository.js';
import { unanswered } from './query-error.js';

/** A payment, new or known before, or a return of goods at a shop. */
export type Scanned =
  | ({ readonly kind: 'payment'; readonly created: boolean } & PaymentView)
  | { readonly kind: 'refund'; readonly refundId: string };

type Purchase = Exclude<ScanAnswer, { qrCodeType: 'Refund' }>;

/** What a customer's scan leads to. */
@Injectable()
export class Scans {
  private readonly log = new Logger('Payments');

  constructor(
    private readonly questions: Questions,
    private readonly payments: PaymentsRepository,
    private readonly receipts: Receipts,
    private readonly audit: AuditTrail,
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly settings: Settings,
  ) {}

  /**
   * Asks the PS what the QR is, and returns the customer's payment of that purchase: a new one, or the one they have
   * already (R33). A refund QR makes none: it leaves a line for support, and the PS calls us later. Throws QR_UNKNOWN
   * without asking for what QR_PATTERNS rule out, KASPI_REFUSED, KASPI_NO_ANSWER.
   */
  async scan(customer: CustomerId, qrCode: string, locale: Locale): Promise<Scanned> {
    const { QR_PATTERNS: patterns } = this.settings;
    if (patterns.length > 0 && !patterns.some((pattern) => pattern.test(qrCode))) throw new DomainError('QR_UNKNOWN');
    const asked = await this.questions.scan({ qrCode, customerId: customer }, locale);
    const answer = asked.outcome.kind === 'answered' ? asked.outcome.answer : null;
    if (answer === null) {
      await this.questions.close(asked);
      throw unanswered(asked.outcome);
    }
    return answer.qrCodeType === 'Refund'
      ? this.keepRefund(customer, answer.refundId, asked)
      : this.keepPurchase(customer, answer, asked);
  }

  private async keepPurchase(customer: CustomerId, purchase: Purchase, asked: Asked<ScanAnswer>): Promise<Scanned> {
    const rules = { marginMs: this.settings.CONFIRM_MARGIN_MS, ttlMs: this.settings.PAYMENT_TTL_MS };
    const now = this.clock.now();
    const kept = await this.payments.keepScanned(newPayment(uuidv7() as PaymentId, customer, purchase, rules, now));
    const { id } = kept.payment;
    await this.questions.close(asked, id);
    this.log.log(`${id} ${kept.created ? 'scanned' : 'scanned again'} (${asked.requestId})`);
    const receipt = kept.created ? undefined : (await this.receipts.of([id])).get(id);
    return { kind: 'payment', ...kept, receipt: receipt ?? null };
  }

  private async keepRefund(customer: CustomerId, refundId: string, asked: Asked<ScanAnswer>): Promise<Scanned> {
    const entry = { at: this.clock.now(), actor: customer, action: 'REFUND_QR_SCANNED' as const, subject: refundId };
    await this.audit.record(this.database, { ...entry, customerId: customer, details: { requestId: asked.requestId } });
    await this.questions.close(asked);
    this.log.log(`a refund QR scanned (${asked.requestId})`);
    return { kind: 'refund', refundId };
  }
}
