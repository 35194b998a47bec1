import { Money, type NotifyResult } from '@mpp/kernel';
import { DEMO_QR_CODE } from './demo-qr.js';
import { type Decision, type Merchant, type Purchase, statusOf } from './purchase.js';
import type { Receipt } from './receipt.js';

/** What happened, as plain JSON: the truth is the list of these, and everything known is read from it. */
export type TruthEvent = Created | Scanned | Decided;

export interface Created {
  readonly event: 'created';
  readonly at: string;
  readonly paymentId: string;
  readonly qrCode: string;
  readonly amount: string;
  readonly merchant: Merchant;
  readonly canConfirmUntil: string;
}

export interface Scanned {
  readonly event: 'scanned';
  readonly at: string;
  readonly paymentId: string;
  readonly customerId: string;
}

export interface Decided {
  readonly event: 'decided';
  readonly at: string;
  readonly paymentId: string;
  readonly customerId: string;
  readonly mppPaymentId: string;
  readonly result: NotifyResult;
  readonly receipt: Receipt | null;
}

interface KnownPurchase extends Purchase {
  scannedBy: Set<string>;
  decision: Decision | null;
}

/** All purchases that the PS knows. It changes by {@link apply} alone. */
export class Purchases {
  private readonly byPaymentId = new Map<string, KnownPurchase>();
  private readonly byQrCode = new Map<string, KnownPurchase>();
  private readonly latestDemoOf = new Map<string, KnownPurchase>();
  private lastOperationNumber = 0;

  /** Throws where the event speaks of a purchase that was never created, or decides one twice: the truth is damaged. */
  apply(event: TruthEvent): void {
    switch (event.event) {
      case 'created':
        this.create(event);
        break;
      case 'scanned': {
        const purchase = this.changeable(event.paymentId);
        purchase.scannedBy.add(event.customerId);
        if (purchase.qrCode === DEMO_QR_CODE) this.latestDemoOf.set(event.customerId, purchase);
        break;
      }
      case 'decided':
        this.decide(event);
        break;
      default:
        throw new Error(`unknown event ${JSON.stringify((event as { event?: unknown }).event)}`);
    }
  }

  find(paymentId: string): Purchase | undefined {
    return this.byPaymentId.get(paymentId);
  }

  /** Throws where there is none. */
  known(paymentId: string): Purchase {
    return this.changeable(paymentId);
  }

  /** The one purchase of a Dynamic QR. The demo QR has many, so it has none here. */
  ofQrCode(qrCode: string): Purchase | undefined {
    return this.byQrCode.get(qrCode);
  }

  /** The demo purchase that this customer has begun and can still confirm. */
  openDemoOf(customerId: string, now: Date): Purchase | undefined {
    const latest = this.latestDemoOf.get(customerId);
    return latest !== undefined && statusOf(latest, now) === 'OPEN' ? latest : undefined;
  }

  /**
   * Newest first. A decided purchase belongs to the customer who decided it; an open one is shown to each who scanned it.
   * Without a customer: every purchase.
   */
  list(customerId: string | undefined): Purchase[] {
    const newestFirst = [...this.byPaymentId.values()].reverse();
    if (customerId === undefined) return newestFirst;
    return newestFirst.filter(({ decision, scannedBy }) =>
      decision === null ? scannedBy.has(customerId) : decision.customerId === customerId,
    );
  }

  /** Greater than any before, and by the clock, so that a simulator without a truth file does not begin anew with old numbers. */
  nextOperationNumber(now: Date): number {
    return Math.max(this.lastOperationNumber + 1, now.getTime());
  }

  private create(event: Created): void {
    const purchase: KnownPurchase = {
      paymentId: event.paymentId,
      qrCode: event.qrCode,
      amount: Money.parse(event.amount),
      merchant: event.merchant,
      createdAt: new Date(event.at),
      canConfirmUntil: new Date(event.canConfirmUntil),
      scannedBy: new Set(),
      decision: null,
    };
    this.byPaymentId.set(event.paymentId, purchase);
    if (event.qrCode !== DEMO_QR_CODE) this.byQrCode.set(event.qrCode, purchase);
  }

  private decide({ paymentId, customerId, mppPaymentId, result, receipt, at }: Decided): void {
    const purchase = this.changeable(paymentId);
    if (purchase.decision !== null) throw new Error(`purchase ${paymentId} is decided already`);
    purchase.decision = { result, customerId, mppPaymentId, at: new Date(at), receipt };
    if (receipt !== null) {
      this.lastOperationNumber = Math.max(this.lastOperationNumber, Number(receipt.operationId.slice(2)));
    }
  }

  private changeable(paymentId: string): KnownPurchase {
    const purchase = this.byPaymentId.get(paymentId);
    if (purchase === undefined) throw new Error(`purchase ${paymentId} was never created`);
    return purchase;
  }
}
