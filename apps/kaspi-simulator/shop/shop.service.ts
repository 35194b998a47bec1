import { Clock } from '@mpp/kernel';
import { Injectable } from '@nestjs/common';
import { almatyIso } from '../domain/almaty-time.js';
import { makeQr, startDynamicSale } from '../domain/sale.js';
import { nameInPath, newQrCode, qrCodesNamed } from '../domain/shop-qr.js';
import { Store } from '../store/store.js';
import { type PurchaseItem, purchaseItem } from './purchase-item.js';
import type { DynamicOrder, QrOrder } from './qr-order.js';

/** A shop's QR codes and purchases. */
@Injectable()
export class ShopService {
  constructor(
    private readonly store: Store,
    private readonly clock: Clock,
  ) {}

  /** Makes a QR and returns the body of the answer. */
  createQr(order: QrOrder) {
    if (order.type === 'Dynamic') return this.createDynamicSale(order);
    const made = makeQr(order, this.clock.now());
    this.store.recordEvents(made);
    const { qr } = made;
    const common = { type: qr.type, qrCode: qr.qrCode, svg: svgPath(qr.qrCode) };
    switch (qr.type) {
      case 'Static':
        return common;
      case 'Custom':
        return { ...common, amount: qr.price, service: qr.service };
      case 'Refund':
        return { ...common, refundId: qr.refundId };
    }
  }

  /** The QR code with this name in a path, or undefined if no shop made it. */
  findQrCode(name: string): string | undefined {
    const { qrCodes, purchases } = this.store;
    return qrCodesNamed(name).find((qrCode) => qrCodes.findByCode(qrCode) ?? purchases.findByQrCode(qrCode));
  }

  /** Newest first; of one customer or all. */
  listPurchases(customerId: string | undefined): PurchaseItem[] {
    const now = this.clock.now();
    const { purchases, refunds } = this.store;
    return purchases
      .listPurchases(customerId)
      .map((purchase) => purchaseItem(purchase, refunds.refundedAmount(purchase.paymentId), customerId, now));
  }

  private createDynamicSale({ type, ...order }: DynamicOrder) {
    const now = this.clock.now();
    const sale = startDynamicSale({ qrCode: newQrCode('592'), ...order }, now);
    this.store.recordEvents(sale);
    const { qrCode, paymentId, amount, canConfirmUntil } = sale;
    const until = canConfirmUntil === null ? null : almatyIso(new Date(canConfirmUntil));
    return { type, qrCode, paymentId, amount, canConfirmUntil: until, svg: svgPath(qrCode) };
  }
}

function svgPath(qrCode: string): string {
  return `/pos/qr/${nameInPath(qrCode)}.svg`;
}
