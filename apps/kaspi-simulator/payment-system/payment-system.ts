import type { ScanRequestBody, ServiceBody } from '@mpp/kaspi/wire';
import { Clock } from '@mpp/kernel';
import { Injectable } from '@nestjs/common';
import { checkOut } from '../domain/checkout.js';
import { type Decision, existingDecision, isPast, type Notice, type Purchase } from '../domain/purchase.js';
import { purchaseReceipt } from '../domain/receipt.js';
import { Refusal } from '../domain/refusal.js';
import { startReusableSale } from '../domain/sale.js';
import type { FilledForm } from '../domain/service-form.js';
import type { ReusableQr } from '../domain/shop-qr.js';
import { Store } from '../store/store.js';

/** The answer to a scan. */
export type Scanned =
  | { readonly qrCodeType: 'Dynamic' | 'Static'; readonly purchase: Purchase }
  | { readonly qrCodeType: 'Custom'; readonly purchase: Purchase; readonly service: ServiceBody }
  | { readonly qrCodeType: 'Refund'; readonly refundId: string };

/** Kaspi Pay's methods (regulation 4.1 to 4.3) on the data of the store. */
@Injectable()
export class PaymentSystem {
  constructor(
    private readonly store: Store,
    private readonly clock: Clock,
  ) {}

  /** Stores that the customer may pay the purchase of the QR. Throws {@link Refusal}. */
  scan({ qrCode, customerId }: ScanRequestBody): Scanned {
    const now = this.clock.now();
    const qr = this.store.qrCodes.findByCode(qrCode);
    if (qr === undefined) return { qrCodeType: 'Dynamic', purchase: this.dynamicPurchase(qrCode, customerId, now) };
    if (qr.type === 'Refund') return { qrCodeType: 'Refund', refundId: qr.refundId };
    const purchase = this.ownPurchase(qr, customerId, now);
    return qr.type === 'Custom'
      ? { qrCodeType: 'Custom', purchase, service: qr.service }
      : { qrCodeType: qr.type, purchase };
  }

  /** The Custom purchase with its price and deadline, set by the first checkout. Throws {@link Refusal}. */
  checkout(form: FilledForm): Purchase {
    const { purchases, qrCodes } = this.store;
    const purchase = purchases.findByPaymentId(form.paymentId);
    const qr = purchase && qrCodes.findByCode(purchase.qrCode);
    // 4.2 has no code for a purchase that does not exist, or is of another type.
    if (purchase === undefined || qr?.type !== 'Custom') throw new Refusal('PARAM_ILLEGAL');
    const first = checkOut(purchase, qr, form, this.clock.now());
    if (first !== null) this.store.recordEvents(first);
    return purchases.getByPaymentId(form.paymentId);
  }

  /**
   * Decides the purchase, or returns its existing decision. `refuseAnotherResult`: a result that differs from the existing one
   * is PAYMENT_INCORRECT_STATUS. Throws {@link Refusal}.
   */
  notify(notice: Notice, refuseAnotherResult = false): Decision {
    const now = this.clock.now();
    const { purchases, operationNumbers } = this.store;
    const existing = existingDecision(purchases.findByPaymentId(notice.paymentId), notice, now);
    if (existing !== null) {
      if (refuseAnotherResult && existing.result !== notice.result) throw new Refusal('PAYMENT_INCORRECT_STATUS');
      return existing;
    }

    const { result, paymentId, customerId, mppPaymentId, amount } = notice;
    const receipt = result === 'SUCCESS' ? purchaseReceipt(operationNumbers.nextNumber(now), now) : null;
    this.store.recordEvents({
      event: 'decided',
      at: now.toISOString(),
      paymentId,
      customerId,
      mppPaymentId,
      result,
      amount: amount?.toString(),
      receipt,
    });
    return { result, customerId, mppPaymentId, at: now, receipt };
  }

  /** The purchase of a Dynamic QR, the same for every customer. */
  private dynamicPurchase(qrCode: string, customerId: string, now: Date): Purchase {
    const purchase = this.store.purchases.findByQrCode(qrCode);
    if (purchase === undefined) throw new Refusal('INVALID_TOKEN');
    if (isPast(purchase.canConfirmUntil, now)) throw new Refusal('EXPIRED_CODE');
    if (!purchase.scannedBy.has(customerId)) {
      this.store.recordEvents({ event: 'scanned', at: now.toISOString(), paymentId: purchase.paymentId, customerId });
    }
    return purchase;
  }

  /** The customer's open purchase of a reusable QR, or a new one. */
  private ownPurchase(qr: ReusableQr, customerId: string, now: Date): Purchase {
    const { purchases } = this.store;
    const open = purchases.findOpen(qr.qrCode, customerId, now);
    if (open !== undefined) return open;
    const sale = startReusableSale(qr, now);
    this.store.recordEvents(sale, { event: 'scanned', at: sale.at, paymentId: sale.paymentId, customerId });
    return purchases.getByPaymentId(sale.paymentId);
  }
}
