import type { NotifyResult } from '@mpp/kernel';
import type { CoreAccount } from './core-account.js';
import type { CoreAnswer, CoreOrder } from './core-operation.js';
import type { Merchant, PurchaseType } from './purchase.js';
import type { Receipt } from './receipt.js';
import type { Rates } from './registry-rates.js';
import type { FilledParameter } from './service-form.js';
import type { CustomQr, RefundQr, ReusableQr } from './shop-qr.js';

/**
 * The events of the store, as plain JSON; its whole state is derived from them. A file may be older than this version:
 * fields that were added later may be missing, and events may have an earlier name ({@link storedEvent}).
 */
export type StoredEvent = QrMade | PurchaseEvent | RefundEvent | CoreEvent | RegistryRatesSet;
export type PurchaseEvent = Created | Scanned | CheckedOut | Decided;
export type RefundEvent = RefundRequested | RefundAnswered;
export type CoreEvent = CoreAccountOpened | CoreAccountChanged | CoreDecided | CoreRepeated;

const EARLIER_NAMES: Readonly<Record<string, StoredEvent['event']>> = {
  'refund-asked': 'refund-requested',
  'core-asked': 'core-requested',
};

/** An event of a store file, with its present name. */
export function storedEvent(event: { readonly event: string }): StoredEvent {
  return { ...event, event: EARLIER_NAMES[event.event] ?? event.event } as StoredEvent;
}

/** A shop made a QR other than a Dynamic one. */
export interface QrMade {
  readonly event: 'qr-made';
  readonly at: string;
  readonly qr:
    | Extract<ReusableQr, { type: 'Static' }>
    | (Omit<CustomQr, 'price'> & { readonly price: string })
    | RefundQr;
}

export interface Created {
  readonly event: 'created';
  readonly at: string;
  /** Missing: Dynamic. */
  readonly type?: PurchaseType;
  readonly paymentId: string;
  readonly qrCode: string;
  readonly amount: string | null;
  readonly merchant: Merchant;
  readonly canConfirmUntil: string | null;
}

export interface Scanned {
  readonly event: 'scanned';
  readonly at: string;
  readonly paymentId: string;
  readonly customerId: string;
}

export interface CheckedOut {
  readonly event: 'checked-out';
  readonly at: string;
  readonly paymentId: string;
  readonly parameters: readonly FilledParameter[];
  readonly amount: string;
  readonly canConfirmUntil: string;
}

export interface Decided {
  readonly event: 'decided';
  readonly at: string;
  readonly paymentId: string;
  readonly customerId: string;
  readonly mppPaymentId: string;
  readonly result: NotifyResult;
  /** Missing if the participant sent none. */
  readonly amount?: string | undefined;
  readonly receipt: Receipt | null;
}

/** A shop made a refund. It is sent to the participant unchanged until the participant answers. */
export interface RefundRequested {
  readonly event: 'refund-requested';
  readonly at: string;
  readonly refundId: string;
  readonly requestId: string;
  readonly paymentId: string;
  readonly customerId: string;
  readonly amount: string;
  readonly receipt: Receipt;
}

export interface RefundAnswered {
  readonly event: 'refund-answered';
  readonly at: string;
  readonly refundId: string;
  readonly resultCode: string;
  /** Since the last start of the simulator. */
  readonly attempts: number;
}

/** Kaspi's rates were set; registries use them from then on. */
export interface RegistryRatesSet {
  readonly event: 'registry-rates-set';
  readonly at: string;
  readonly rates: Rates;
}

export interface CoreAccountOpened {
  readonly event: 'core-account-opened';
  readonly at: string;
  readonly account: Omit<CoreAccount, 'balance'> & { readonly balance: string };
}

/** Fields that are not named stay. */
export interface CoreAccountChanged {
  readonly event: 'core-account-changed';
  readonly at: string;
  readonly accountId: string;
  readonly change: AccountChange;
}

export interface AccountChange {
  readonly status?: CoreAccount['status'];
  readonly preferred?: boolean;
  /** The new balance. */
  readonly balance?: string;
}

/** The core decided an order. Only a refused reversal can be decided again. */
export interface CoreDecided {
  readonly event: 'core-decided';
  readonly at: string;
  readonly order: CoreOrder;
  readonly answer: CoreAnswer;
  /** Whether money moved. */
  readonly moved: boolean;
}

/** An order was repeated and got the same answer. */
export interface CoreRepeated {
  readonly event: 'core-requested';
  readonly at: string;
  readonly operationId: string;
}
