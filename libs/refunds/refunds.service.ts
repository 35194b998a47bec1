import { type CustomerId, DomainError, type Locale, type RefundId } from '@mpp/kernel';
import type { Position } from '@mpp/platform';
import { localised, type ReceiptLinks } from '@mpp/receipts';
import { Injectable } from '@nestjs/common';
import type { Refund } from './domain/refund.js';
import { RefundsRepository } from './persistence/refunds.repository.js';

/** A customer's own refunds. */
@Injectable()
export class Refunds {
  constructor(private readonly refunds: RefundsRepository) {}

  /** Throws NOT_FOUND, also for another customer's refund. */
  async readRefund(customer: CustomerId, refundId: RefundId): Promise<Refund> {
    const refund = await this.refunds.findOfCustomer(customer, refundId);
    if (refund === null) throw new DomainError('NOT_FOUND');
    return refund;
  }

  /** Newest first. */
  async listRefunds(customer: CustomerId, limit: number, after: Position | null): Promise<Refund[]> {
    return this.refunds.listOfCustomer(customer, limit, after);
  }

  /** The receipt's links in the language (R25). Throws NOT_FOUND if there are none. */
  async readReceipt(customer: CustomerId, refundId: RefundId, locale: Locale): Promise<ReceiptLinks> {
    const { linkReceipt, pdfReceipt } = await this.readRefund(customer, refundId);
    if (linkReceipt === null && pdfReceipt === null) throw new DomainError('NOT_FOUND');
    return localised({ linkReceipt, pdfReceipt }, locale);
  }
}
