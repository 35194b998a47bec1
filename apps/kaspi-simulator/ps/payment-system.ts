import type { ScanRequestBody } from '@mpp/kaspi/wire';
import { Clock } from '@mpp/kernel';
import { Injectable } from '@nestjs/common';
import { COFFEE_BAR, DEMO_AMOUNT, DEMO_QR_CODE } from '../domain/demo-qr.js';
import { type Decision, isPast, type Notice, type Purchase, standingDecision } from '../domain/purchase.js';
import { receiptOf } from '../domain/receipt.js';
import { Refusal } from '../domain/refusal.js';
import { startSale } from '../domain/sale.js';
import { Truth } from '../truth/truth.js';

/** Kaspi Pay as the regulation describes it (4.1 and 4.3), with the truth instead of a shop and a bank behind it. */
@Injectable()
export class PaymentSystem {
  constructor(
    private readonly truth: Truth,
    private readonly clock: Clock,
  ) {}

  /** The purchase behind a QR code; the customer is remembered as one who may pay it. Throws {@link Refusal}. */
  scan({ qrCode, customerId }: ScanRequestBody): Purchase {
    const now = this.clock.now();
    const purchase = qrCode === DEMO_QR_CODE ? this.demoPurchase(customerId, now) : this.dynamicPurchase(qrCode, now);
    if (!purchase.scannedBy.has(customerId)) {
      this.truth.record({ event: 'scanned', at: now.toISOString(), paymentId: purchase.paymentId, customerId });
    }
    return purchase;
  }

  /** What was decided of the purchase, now or before. Throws {@link Refusal}. */
  notify(notice: Notice): Decision {
    const now = this.clock.now();
    const { purchases } = this.truth;
    const standing = standingDecision(purchases.find(notice.paymentId), notice, now);
    if (standing !== null) return standing;

    const { result, paymentId, customerId, mppPaymentId } = notice;
    const receipt = result === 'SUCCESS' ? receiptOf(purchases.nextOperationNumber(now), now) : null;
    this.truth.record({
      event: 'decided',
      at: now.toISOString(),
      paymentId,
      customerId,
      mppPaymentId,
      result,
      receipt,
    });
    return { result, customerId, mppPaymentId, at: now, receipt };
  }

  private dynamicPurchase(qrCode: string, now: Date): Purchase {
    const purchase = this.truth.purchases.ofQrCode(qrCode);
    if (purchase === undefined) throw new Refusal('INVALID_TOKEN');
    if (isPast(purchase.canConfirmUntil, now)) throw new Refusal('EXPIRED_CODE');
    return purchase;
  }

  private demoPurchase(customerId: string, now: Date): Purchase {
    const { purchases } = this.truth;
    const open = purchases.openDemoOf(customerId, now);
    if (open !== undefined) return open;
    const sale = startSale({ qrCode: DEMO_QR_CODE, amount: DEMO_AMOUNT, merchant: COFFEE_BAR }, now);
    this.truth.record(sale, { event: 'scanned', at: sale.at, paymentId: sale.paymentId, customerId });
    return purchases.known(sale.paymentId);
  }
}
