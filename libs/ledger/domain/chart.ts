import type { AccountId } from '@mpp/kernel';

/**
 * The chart of accounts. A customer's account is one of many of its kind; of each other kind there is one, which every
 * payment uses and none updates: it is summed from the journal.
 */
export const ACCOUNT_KINDS = [
  'CUSTOMER',
  'FUNDING',
  'IN_TRANSIT',
  'PAYABLE_TO_KASPI',
  'DIFFERENCES',
  'RECEIVABLE_FROM_KASPI',
  'REFUNDS_IN_SUSPENSE',
] as const;
export type AccountKind = (typeof ACCOUNT_KINDS)[number];

/** What each kind means to accounting. */
export const ACCOUNT_MEANING: Readonly<Record<AccountKind, string>> = {
  CUSTOMER: 'What we owe our customers: their balances',
  FUNDING: 'Where customers’ money came from, before it was theirs',
  IN_TRANSIT: 'Debited, and the PS has not answered yet',
  PAYABLE_TO_KASPI: 'What we owe Kaspi for confirmed payments',
  DIFFERENCES: 'Where Kaspi says otherwise than we have settled: to be found out',
  RECEIVABLE_FROM_KASPI: 'What Kaspi owes us for refunds',
  REFUNDS_IN_SUSPENSE: 'Refunds that we owe customers who have no account to credit',
};

/** The ids of the shared accounts; the migration creates them. */
export const SHARED_ACCOUNTS = {
  FUNDING: '00000000-0000-7000-8000-000000000001' as AccountId,
  IN_TRANSIT: '00000000-0000-7000-8000-000000000002' as AccountId,
  PAYABLE_TO_KASPI: '00000000-0000-7000-8000-000000000003' as AccountId,
  DIFFERENCES: '00000000-0000-7000-8000-000000000004' as AccountId,
  RECEIVABLE_FROM_KASPI: '00000000-0000-7000-8000-000000000005' as AccountId,
  REFUNDS_IN_SUSPENSE: '00000000-0000-7000-8000-000000000006' as AccountId,
} as const;

/** What an entry is for. Each happens at most once per reference. */
export const ENTRY_PURPOSES = [
  /** Funding → customer. */
  'DEPOSIT',
  /** Customer → in transit, when the customer confirms. */
  'PAYMENT',
  /** In transit → payable to Kaspi, when the PS confirms. */
  'SETTLEMENT',
  /** In transit → customer, when the PS refuses. */
  'REVERSAL',
  /** Differences → payable to Kaspi, or the other way round, when the PS contradicts what is settled (R36). */
  'DIFFERENCE',
  /** Receivable from Kaspi → customer; → suspense where no account can be credited; → differences after a reversal (R19). */
  'REFUND',
  /** Suspense → customer, once an account can be credited. */
  'REFUND_RELEASE',
] as const;
export type EntryPurpose = (typeof ENTRY_PURPOSES)[number];
