import { Clock } from '@mpp/kernel';
import { Injectable } from '@nestjs/common';
import { almatyIso } from '../domain/almaty-time.js';
import { makeQr, startDynamicSale } from '../domain/sale.js';
import { nameInPath, newQrCode, qrCodesNamed } from '../domain/shop-qr.js';
import { Store } from '../store/store.js';
import { type PurchaseItem, purchaseItem } from './purchase-item.js';
import type { DynamicOrder, QrOrder } from './qr-order.js';

/** What a shop does at its till. */
@Injectable()
export class ShopService {
  constructor(
    private readonly store: Store,
    private readonly clock: Clock,
  ) {}

  /** A new QR, as it is told to who asked for it. */
  newQr(order: QrOrder) {
    if (order.type === 'Dynamic') return this.newSale(order);
    const made = makeQr(order, this.clock.now());
    this.store.record(made);
    const { qr } = made;
    const common = { type: qr.type, qrCode: qr.qrCode, svg: drawnAt(qr.qrCode) };
    switch (qr.type) {
      case 'Static':
        return common;
      case 'Custom':
        return { ...common, amount: qr.price, service: qr.service };
      case 'Refund':
        return { ...common, refundId: qr.refundId };
    }
  }

  /** The QR code that a name in a path stands for, or undefined where no shop made it. */
  codeNamed(name: string): string | undefined {
    const { qrCodes, purchases } = this.store;
    return qrCodesNamed(name).find((qrCode) => qrCodes.findByCode(qrCode) ?? purchases.findByQrCode(qrCode));
  }

  /** Newest first; of one customer, or of all. */
  purchases(customerId: string | undefined): PurchaseItem[] {
    const now = this.clock.now();
    const { purchases, refunds } = this.store;
    return purchases
      .list(customerId)
      .map((purchase) => purchaseItem(purchase, refunds.refundedAmount(purchase.paymentId), customerId, now));
  }

  private newSale({ type, ...order }: DynamicOrder) {
    const now = this.clock.now();
    const sale = startDynamicSale({ qrCode: newQrCode('592'), ...order }, now);
    this.store.record(sale);
    const { qrCode, paymentId, amount, canConfirmUntil } = sale;
    const until = canConfirmUntil === null ? null : almatyIso(new Date(canConfirmUntil));
    return { type, qrCode, paymentId, amount, canConfirmUntil: until, svg: drawnAt(qrCode) };
  }
}

function drawnAt(qrCode: string): string {
  return `/pos/qr/${nameInPath(qrCode)}.svg`;
}
