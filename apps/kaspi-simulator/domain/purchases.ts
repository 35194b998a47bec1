import { Money } from '@mpp/kernel';
import { DEMO_QR_CODE } from './demo-qr.js';
import type { CheckedOut, Created, Decided, PurchaseEvent, Scanned } from './events.js';
import { type Decision, type Purchase, statusOf } from './purchase.js';
import type { FilledParameter } from './service-form.js';

interface MutablePurchase extends Purchase {
  amount: Money | null;
  canConfirmUntil: Date | null;
  filledIn: readonly FilledParameter[] | null;
  scannedBy: Set<string>;
  decision: Decision | null;
}

/** All purchases. Changed by {@link applyEvent} only. */
export class Purchases {
  private readonly byPaymentId = new Map<string, MutablePurchase>();
  /** The purchases of Dynamic QR codes, which are one purchase each. */
  private readonly byQrCode = new Map<string, MutablePurchase>();
  /** The latest purchases of reusable QR codes: by code, then by customer. */
  private readonly latest = new Map<string, Map<string, MutablePurchase>>();

  /** Throws if the event names an unknown purchase or is a duplicate: the file is damaged. */
  applyEvent(event: PurchaseEvent): void {
    switch (event.event) {
      case 'created':
        this.create(event);
        break;
      case 'scanned':
        this.scan(event);
        break;
      case 'checked-out':
        this.checkOut(event);
        break;
      case 'decided':
        this.decide(event);
        break;
      default:
        throw new Error(`unknown event ${JSON.stringify((event as { event?: unknown }).event)}`);
    }
  }

  findByPaymentId(paymentId: string): Purchase | undefined {
    return this.byPaymentId.get(paymentId);
  }

  /** Throws if there is none. */
  getByPaymentId(paymentId: string): Purchase {
    return this.getMutable(paymentId);
  }

  /** The purchase of a Dynamic QR. Undefined for a reusable QR, which has many. */
  findByQrCode(qrCode: string): Purchase | undefined {
    return this.byQrCode.get(qrCode);
  }

  /** The purchase of a reusable QR that this customer started and can still confirm or check out. */
  findOpen(qrCode: string, customerId: string, now: Date): Purchase | undefined {
    const latest = this.latest.get(qrCode)?.get(customerId);
    return latest !== undefined && statusOf(latest, now) === 'OPEN' ? latest : undefined;
  }

  /**
   * Newest first. A decided purchase is listed for the customer who decided it, an open one for each customer who scanned
   * it. Without a customer: all purchases.
   */
  listPurchases(customerId: string | undefined): Purchase[] {
    const newestFirst = [...this.byPaymentId.values()].reverse();
    if (customerId === undefined) return newestFirst;
    return newestFirst.filter(({ decision, scannedBy }) =>
      decision === null ? scannedBy.has(customerId) : decision.customerId === customerId,
    );
  }

  private create({ type = 'Dynamic', paymentId, qrCode, amount, merchant, at, canConfirmUntil }: Created): void {
    const purchase: MutablePurchase = {
      type,
      paymentId,
      qrCode,
      amount: amount === null ? null : Money.parse(amount),
      merchant,
      createdAt: new Date(at),
      canConfirmUntil: canConfirmUntil === null ? null : new Date(canConfirmUntil),
      filledIn: null,
      scannedBy: new Set(),
      decision: null,
    };
    this.byPaymentId.set(paymentId, purchase);
    if (!hasReusableQr(purchase)) this.byQrCode.set(qrCode, purchase);
  }

  private scan({ paymentId, customerId }: Scanned): void {
    const purchase = this.getMutable(paymentId);
    purchase.scannedBy.add(customerId);
    if (!hasReusableQr(purchase)) return;
    const latestOfQr = this.latest.get(purchase.qrCode) ?? new Map<string, MutablePurchase>();
    this.latest.set(purchase.qrCode, latestOfQr.set(customerId, purchase));
  }

  private checkOut({ paymentId, parameters, amount, canConfirmUntil }: CheckedOut): void {
    const purchase = this.getMutable(paymentId);
    if (purchase.filledIn !== null) throw new Error(`purchase ${paymentId} is checked out already`);
    purchase.filledIn = parameters;
    purchase.amount = Money.parse(amount);
    purchase.canConfirmUntil = new Date(canConfirmUntil);
  }

  private decide({ paymentId, customerId, mppPaymentId, result, amount, receipt, at }: Decided): void {
    const purchase = this.getMutable(paymentId);
    if (purchase.decision !== null) throw new Error(`purchase ${paymentId} is decided already`);
    purchase.decision = { result, customerId, mppPaymentId, at: new Date(at), receipt };
    if (result === 'SUCCESS' && amount !== undefined) purchase.amount ??= Money.parse(amount);
  }

  private getMutable(paymentId: string): MutablePurchase {
    const purchase = this.byPaymentId.get(paymentId);
    if (purchase === undefined) throw new Error(`there is no purchase ${paymentId}`);
    return purchase;
  }
}

function hasReusableQr({ type, qrCode }: Purchase): boolean {
  return type !== 'Dynamic' || qrCode === DEMO_QR_CODE;
}
