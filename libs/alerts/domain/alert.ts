import type { CustomerId } from '@mpp/kernel';

/** The kinds of alerts and the meaning of each, as operators read it. */
export const ALERTS = {
  PAYMENT_IN_DOUBT: 'Debited, and Kaspi has given no clear answer for too long',
  PAYMENT_IN_DOUBT_1_HOUR: 'A payment has been in doubt for an hour: inquire at Kaspi and resolve it',
  PAYMENT_IN_DOUBT_4_HOURS: 'A payment has been in doubt for four hours',
  PAYMENT_IN_DOUBT_24_HOURS: 'A payment has been in doubt for a day',
  PAYMENT_CONTRADICTED: 'An answer of Kaspi contradicts the settlement of the payment',
  REVERSAL_HALF_TIME: 'Half of the time for giving a debit back has passed',
  REVERSAL_SHORT_OF_TIME: 'Four fifths of the time for giving a debit back have passed',
  REVERSAL_OVERDUE: 'A debit was not given back in time',
  REVERSAL_REFUSED: 'The bank’s core refuses to give a debit back: another account of the customer is tried',
  REVERSAL_TO_OTHER_ACCOUNT:
    'The account that paid cannot be credited: the debit was given back to another account of the customer',
  REVERSAL_IN_SUSPENSE: 'The customer has no account that can be credited: the debit that is due back is in suspense',
  REFUND_HALF_TIME: 'Half of the time for crediting a refund has passed',
  REFUND_SHORT_OF_TIME: 'Four fifths of the time for crediting a refund have passed',
  REFUND_OVERDUE: 'A refund was not credited in time: a breach of the regulation',
  REFUND_TO_OTHER_ACCOUNT:
    'The account that paid cannot be credited: the refund was credited to another account of the customer',
  REFUND_IN_SUSPENSE: 'The customer has no account that can be credited: the refund is in suspense',
  REFUND_AFTER_REVERSAL:
    'Kaspi refunds a payment whose customer has the money back: the refund is settled against that',
  REFUND_REFUSED: 'A refund of Kaspi was refused: Kaspi may not repeat it',
  REGISTRY_CONTRADICTS: 'A registry lists a payment as confirmed that was reversed: the payment is not changed',
  REGISTRY_PROPOSES_REVERSAL: 'A registry lists a payment in doubt as not confirmed: reverse it, or inquire at Kaspi',
  DIFFERENCE_REFUSED:
    'The bank’s core refuses to debit or credit a customer for a difference: see the discrepancy’s `coreOperations`',
  DIFFERENCE_UNANSWERED:
    'The bank’s core has not answered in the time for refunds whether it debited or credited a customer for a difference',
  REGISTRY_DIFFERS: 'A registry differs from the books',
  REGISTRY_FAILED: 'A file received as a registry cannot be read',
  LEDGER_FAULT: 'The check of the books found a fault',
  REGISTRY_MISSING: 'A registry of Kaspi is overdue: none covers these days',
  REGISTRY_MAIL_REFUSED: 'A mail to the registry mailbox was refused: check its sender and the reason',
  REGISTRY_FILE_REFUSED: 'A file in the registry folder was refused and moved to refused/',
} as const;

export type AlertKind = keyof typeof ALERTS;
export const ALERT_KINDS = Object.keys(ALERTS) as AlertKind[];

export interface NewAlert {
  readonly kind: AlertKind;
  /** Our id of a payment, registry or discrepancy, the PS's id of a refund, or the name of a row of the books. */
  readonly subject: string;
  readonly customerId?: CustomerId | null | undefined;
  readonly details?: object | null | undefined;
}

export interface Alert extends NewAlert {
  /** Increasing; a bigint as text. */
  readonly id: string;
  readonly raisedAt: Date;
}

/** Alerts that match every field that is given. */
export interface AlertFilter {
  readonly kind?: AlertKind | undefined;
  readonly subject?: string | undefined;
}
