import type { CustomerId } from '@mpp/kernel';

/** What operators have to look at, and what each says to them. */
export const ALERTS = {
  PAYMENT_IN_DOUBT: 'Debited, and Kaspi has given no clear answer for too long',
  PAYMENT_CONTRADICTED: 'Kaspi says otherwise than the payment was settled',
  REVERSAL_HALF_TIME: 'Half of the time for giving a debit back at the bank’s core is gone',
  REVERSAL_SHORT_OF_TIME: 'Four fifths of the time for giving a debit back at the bank’s core are gone',
  REVERSAL_OVERDUE: 'A debit was not given back in time at the bank’s core',
  REVERSAL_REFUSED: 'The bank’s core refuses to give a debit back: it is asked again and again',
  REFUND_HALF_TIME: 'Half of the time for crediting a refund is gone',
  REFUND_SHORT_OF_TIME: 'Four fifths of the time for crediting a refund are gone',
  REFUND_OVERDUE: 'A refund was not credited in time: a breach of the regulation',
  REFUND_TO_OTHER_ACCOUNT: 'The account that paid takes no money: credited to another one of the customer',
  REFUND_IN_SUSPENSE: 'The customer has no account that takes money: the refund is owed to them',
  REFUND_AFTER_REVERSAL: 'Kaspi refunds what the customer had back already: settled against the reversal',
  REGISTRY_CONTRADICTS:
    'A registry says that Kaspi confirmed a payment whose money the customer has: it is not touched',
  REGISTRY_PROPOSES_REVERSAL:
    'A registry says that Kaspi did not confirm a payment in doubt: give it back, or ask Kaspi',
  REGISTRY_DIFFERS: 'A registry differs from the books',
  REGISTRY_FAILED: 'A file that came as a registry cannot be read as one',
  LEDGER_FAULT: 'The check of the books found a row that is not what it should be',
  REGISTRY_MISSING: 'A registry of Kaspi is due, and none covers the days that it would be about',
  REGISTRY_MAIL_REFUSED: 'A mail came to the mailbox of registries and was not taken as one: see why, and who sent it',
  REGISTRY_FILE_REFUSED: 'A file in the folder of registries cannot be taken: it lies in refused/',
} as const;

export type AlertKind = keyof typeof ALERTS;
export const ALERT_KINDS = Object.keys(ALERTS) as AlertKind[];

export interface NewAlert {
  readonly kind: AlertKind;
  /** What it is about: our id of a payment or registry, the PS's id of a refund, a row of the books by its name. */
  readonly subject: string;
  readonly customerId?: CustomerId | null | undefined;
  readonly details?: object | null | undefined;
}

export interface Alert extends NewAlert {
  /** Grows along the list: a bigint as text. */
  readonly id: string;
  readonly raisedAt: Date;
}

/** Alerts that match all that is given. */
export interface AlertFilter {
  readonly kind?: AlertKind | undefined;
  readonly subject?: string | undefined;
}
