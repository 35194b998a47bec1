import type { AccountId } from '@mpp/kernel';

/** The side on which an account's balance stands: what it counts there is positive. */
export type Side = 'DEBIT' | 'CREDIT';

interface ChartAccount {
  /** What it means to accounting. */
  readonly meaning: string;
  readonly normalSide: Side;
}

/**
 * The chart of accounts. Accounts of customers are many of their kind, each with its balance; of each other kind there is
 * one, which every payment uses and none updates: it is summed from the journal.
 */
export const CHART = {
  CUSTOMER: { meaning: 'What we owe our customers: their balances', normalSide: 'CREDIT' },
  CORE_CUSTOMER: {
    meaning: 'Customers’ accounts at the bank’s core: what was moved on them through us',
    normalSide: 'CREDIT',
  },
  FUNDING: { meaning: 'Where customers’ money came from, before it was theirs', normalSide: 'DEBIT' },
  IN_TRANSIT: { meaning: 'Debited, and the PS has not answered yet', normalSide: 'CREDIT' },
  PAYABLE_TO_KASPI: { meaning: 'What we owe Kaspi for confirmed payments', normalSide: 'CREDIT' },
  DIFFERENCES: { meaning: 'Where Kaspi says otherwise than we have settled: to be found out', normalSide: 'DEBIT' },
  RECEIVABLE_FROM_KASPI: { meaning: 'What Kaspi owes us for refunds', normalSide: 'DEBIT' },
  REFUNDS_IN_SUSPENSE: { meaning: 'Refunds that we owe customers who have no account to credit', normalSide: 'CREDIT' },
  FEES: { meaning: 'Fees that Kaspi takes from us', normalSide: 'DEBIT' },
  // Of that account these books know nothing but what went to Kaspi, so it stands where such money leaves it.
  BANK: { meaning: 'Our account at the bank, as far as Kaspi is paid from it', normalSide: 'CREDIT' },
} as const satisfies Record<string, ChartAccount>;

export type AccountKind = keyof typeof CHART;
export const ACCOUNT_KINDS = Object.keys(CHART) as AccountKind[];

/** Whether there are many of its kind, each with a balance of its own. */
export function isOfCustomers(kind: AccountKind): boolean {
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
} as const;

/** What an entry is for, and between which accounts. Each happens at most once for what it refers to. */
export const PURPOSES = {
  DEPOSIT: 'Funding → customer: money that became theirs',
  PAYMENT: 'Customer → in transit, when the customer confirms',
  SETTLEMENT: 'In transit → payable to Kaspi, when the PS confirms',
  REVERSAL: 'In transit → customer, when the PS refuses',
  DIFFERENCE: 'Differences → payable to Kaspi, or the other way round: the PS contradicts what is settled',
  REFUND: 'Receivable from Kaspi → customer; → suspense where no account takes it; → differences after a reversal',
  REFUND_RELEASE: 'Suspense → customer, once an account takes it',
  FEE: 'Fees → payable to Kaspi, or the other way round: what Kaspi takes for its service',
  NETTING: 'Payable to Kaspi → receivable from Kaspi: refunds taken off what we pay',
  PAYOUT: 'Payable to Kaspi → bank, or the other way round: what we paid Kaspi for a business date',
  CORRECTION: 'The mirror image of another entry, which it takes back, by an operator and for a reason',
} as const;

export type EntryPurpose = keyof typeof PURPOSES;
export const ENTRY_PURPOSES = Object.keys(PURPOSES) as EntryPurpose[];
