import type { NotifyResult } from '@mpp/kernel';
import type { CoreAccount } from './core-account.js';
import type { CoreAnswer, CoreOrder } from './core-operation.js';
import type { Merchant, PurchaseType } from './purchase.js';
import type { Receipt } from './receipt.js';
import type { Rates } from './registry-rates.js';
import type { FilledParameter } from './service-form.js';
import type { CustomQr, RefundQr, ReusableQr } from './shop-qr.js';

/**
 * What happened, as plain JSON: the store is the list of these, and everything known is read from it. A file outlives the
 * version that wrote it: what was added later may be missing.
 */
export type StoredEvent = QrMade | PurchaseEvent | RefundEvent | CoreEvent | RegistryRatesSet;
export type PurchaseEvent = Created | Scanned | CheckedOut | Decided;
export type RefundEvent = RefundAsked | RefundAnswered;
export type CoreEvent = CoreAccountOpened | CoreAccountChanged | CoreDecided | CoreAsked;

/** A shop made a QR that is not one Dynamic purchase. */
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
  /** As the participant told it; missing where it told none. */
  readonly amount?: string | undefined;
  readonly receipt: Receipt | null;
}

/** A shop gives money back. Until the participant has answered, it is asked with exactly this. */
export interface RefundAsked {
  readonly event: 'refund-asked';
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
  /** Those since the last start of the simulator. */
  readonly attempts: number;
}

/** Whoever tries a server said what Kaspi charges: registries are written with these rates from then on. */
export interface RegistryRatesSet {
  readonly event: 'registry-rates-set';
  readonly at: string;
  readonly rates: Rates;
}

/** The bank's account admin opened an account. */
export interface CoreAccountOpened {
  readonly event: 'core-account-opened';
  readonly at: string;
  readonly account: Omit<CoreAccount, 'balance'> & { readonly balance: string };
}

/** The account admin changed something of it: what is not named stays. */
export interface CoreAccountChanged {
  readonly event: 'core-account-changed';
  readonly at: string;
  readonly accountId: string;
  readonly change: AccountChange;
}

export interface AccountChange {
  readonly status?: CoreAccount['status'];
  readonly preferred?: boolean;
  /** What is on it now. */
  readonly balance?: string;
}

/** The bank decided an order: once, but for a reversal that it had refused. */
export interface CoreDecided {
  readonly event: 'core-decided';
  readonly at: string;
  readonly order: CoreOrder;
  readonly answer: CoreAnswer;
  /** Money was taken or given. */
  readonly moved: boolean;
}

/** An order came again, and was answered as before. */
export interface CoreAsked {
  readonly event: 'core-asked';
  readonly at: string;
  readonly operationId: string;
}
