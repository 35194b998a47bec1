import type { AccountId } from '@mpp/kernel';

/** A side of an account; on its normal side a balance is positive. */
export type Side = 'DEBIT' | 'CREDIT';

interface ChartAccount {
  /** For accounting. */
  readonly meaning: string;
  readonly normalSide: Side;
}

/**
 * The chart of accounts. Each account of a customer has a row with a balance. Of every other kind there is one shared account,
 * whose balance is summed from the journal, because payments must not wait for each other to update it.
 */
export const CHART = {
  CUSTOMER: { meaning: 'What we owe our customers: their balances', normalSide: 'CREDIT' },
  CORE_CUSTOMER: {
    meaning: 'Customers’ accounts at the bank’s core: the sum of our entries',
    normalSide: 'CREDIT',
  },
  FUNDING: { meaning: 'The source of customers’ deposits', normalSide: 'DEBIT' },
  IN_TRANSIT: { meaning: 'Debited, and the PS has not answered yet', normalSide: 'CREDIT' },
  PAYABLE_TO_KASPI: { meaning: 'What we owe Kaspi for confirmed payments', normalSide: 'CREDIT' },
  DIFFERENCES: {
    meaning: 'Amounts in which Kaspi contradicts a settled payment, until they are explained',
    normalSide: 'DEBIT',
  },
  RECEIVABLE_FROM_KASPI: { meaning: 'What Kaspi owes us for refunds', normalSide: 'DEBIT' },
  REFUNDS_IN_SUSPENSE: { meaning: 'Refunds that we owe customers who have no account to credit', normalSide: 'CREDIT' },
  REVERSALS_IN_SUSPENSE: {
    meaning: 'Debits that we owe back to customers who have no account to credit',
    normalSide: 'CREDIT',
  },
  FEES: { meaning: 'Fees that Kaspi takes from us', normalSide: 'DEBIT' },
  // The journal contains only the bank transfers between us and Kaspi, so the normal side is that of money paid out.
  BANK: { meaning: 'Our account at the bank: only transfers between us and Kaspi', normalSide: 'CREDIT' },
} as const satisfies Record<string, ChartAccount>;

export type AccountKind = keyof typeof CHART;
export const ACCOUNT_KINDS = Object.keys(CHART) as AccountKind[];

/** Whether accounts of this kind belong to customers and store a balance. */
export function isCustomerKind(kind: AccountKind): boolean {
  return kind === 'CUSTOMER' || kind === 'CORE_CUSTOMER';
}

/** The ids of the shared accounts; the migrations create them. */
export const SHARED_ACCOUNTS = {
  FUNDING: '00000000-0000-7000-8000-000000000001' as AccountId,
  IN_TRANSIT: '00000000-0000-7000-8000-000000000002' as AccountId,
  PAYABLE_TO_KASPI: '00000000-0000-7000-8000-000000000003' as AccountId,
  DIFFERENCES: '00000000-0000-7000-8000-000000000004' as AccountId,
  RECEIVABLE_FROM_KASPI: '00000000-0000-7000-8000-000000000005' as AccountId,
  REFUNDS_IN_SUSPENSE: '00000000-0000-7000-8000-000000000006' as AccountId,
  FEES: '00000000-0000-7000-8000-000000000007' as AccountId,
  BANK: '00000000-0000-7000-8000-000000000008' as AccountId,
  REVERSALS_IN_SUSPENSE: '00000000-0000-7000-8000-000000000009' as AccountId,
} as const;

/** The purposes of entries, each with its accounts. At most one entry of a purpose exists for a reference. */
export const PURPOSES = {
  DEPOSIT: 'Funding → customer: money paid in',
  PAYMENT: 'Customer → in transit, when the customer confirms',
  SETTLEMENT: 'In transit → payable to Kaspi, when the PS confirms',
  REVERSAL: 'In transit → customer, when the PS refuses; → suspense if no account can be credited',
  REVERSAL_RELEASE: 'Suspense → customer, when an account can be credited',
  DIFFERENCE:
    'Differences ↔ payable to Kaspi, receivable from Kaspi or fees: Kaspi contradicts what the books have of an operation',
  DIFFERENCE_DEBIT: 'Customer → differences: an operator debits a customer for a difference',
  DIFFERENCE_CREDIT: 'Differences → customer: an operator gives a customer the money of a difference',
  REFUND: 'Receivable from Kaspi → customer; → suspense if no account can be credited; → differences after a reversal',
  REFUND_RELEASE: 'Suspense → customer, when an account can be credited',
  FEE: 'Fees → payable to Kaspi, or in the opposite direction: Kaspi’s fee for its service',
  NETTING: 'Payable to Kaspi → receivable from Kaspi: refunds deducted from what we pay',
  PAYOUT: 'Payable to Kaspi → bank, or in the opposite direction: what we paid Kaspi for a business day',
  CORRECTION: 'The opposite of another entry, posted by an operator with a reason',
} as const;

export type EntryPurpose = keyof typeof PURPOSES;
export const ENTRY_PURPOSES = Object.keys(PURPOSES) as EntryPurpose[];
