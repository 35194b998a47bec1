export type RefundStatus = 'REFUSED' | 'ACCEPTED' | 'SUSPENDED' | 'CREDITED';

/** The status of a refund that was answered with SUCCESS. */
export type AcceptedStatus = Exclude<RefundStatus, 'REFUSED'>;

interface Meaning {
  /** We owe the amount to the customer. */
  readonly owed: boolean;
  /** The status that the customer sees; null if the refund does not exist for them. */
  readonly shownAs: 'ACCEPTED' | 'CREDITED' | null;
}

/** A refund is REFUSED or ACCEPTED. ACCEPTED may become SUSPENDED; both become CREDITED, which is final. */
const STATUSES = {
  /** Answered with PARAM_ILLEGAL. */
  REFUSED: { owed: false, shownAs: null },
  /** Answered with SUCCESS (R21). */
  ACCEPTED: { owed: true, shownAs: 'ACCEPTED' },
  /** No account of the customer takes money: the amount is in suspense until operators solve it. */
  SUSPENDED: { owed: true, shownAs: 'ACCEPTED' },
  /** On the customer's account, or settled against a reversal (R19). */
  CREDITED: { owed: false, shownAs: 'CREDITED' },
} as const satisfies Readonly<Record<RefundStatus, Meaning>>;

export const REFUND_STATUSES = Object.keys(STATUSES) as RefundStatus[];
export const OWED_STATUSES = REFUND_STATUSES.filter(isOwed);

export function isOwed(status: RefundStatus): boolean {
  return STATUSES[status].owed;
}

export function statusShown(status: AcceptedStatus): 'ACCEPTED' | 'CREDITED' {
  return STATUSES[status].shownAs;
}
