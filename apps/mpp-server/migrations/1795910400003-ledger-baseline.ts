import { ForwardMigration } from './forward-migration.js';

export class LedgerBaseline1795910400003 extends ForwardMigration {
  readonly sql = `
    -- Amounts are tiyn. Shared accounts have no balance: every payment would have to update it. They are summed from the
    -- journal. The trigger ledger_guard_account checks the shape of an account once, when it is opened: PostgreSQL compiles
    -- a check constraint again in every statement that moves a balance.
    create table ledger_accounts (
      id uuid primary key,
      kind text not null check (kind in ('CUSTOMER', 'CORE_CUSTOMER', 'FUNDING', 'IN_TRANSIT', 'PAYABLE_TO_KASPI',
        'DIFFERENCES', 'RECEIVABLE_FROM_KASPI', 'REFUNDS_IN_SUSPENSE', 'FEES', 'BANK')),
      customer_id text,
      core_account text,
      name text not null,
      currency text not null default 'KZT' check (currency = 'KZT'),
      status text not null default 'OPEN' check (status in ('OPEN', 'BLOCKED', 'CLOSED')),
      balance bigint,
      created_at timestamptz not null,
      -- The money of an account at the bank's core is there; its balance here is the sum of our operations.
      constraint ledger_accounts_no_overdraft check (balance >= 0 or kind = 'CORE_CUSTOMER')
    ) with (fillfactor = 80);
    create unique index ledger_accounts_shared on ledger_accounts (kind) where kind not in ('CUSTOMER', 'CORE_CUSTOMER');
    create unique index ledger_accounts_mirror on ledger_accounts (customer_id, core_account) where kind = 'CORE_CUSTOMER';
    create index ledger_accounts_by_age on ledger_accounts (created_at, id);
    create index ledger_accounts_of_customer on ledger_accounts (customer_id, created_at, id) where kind = 'CUSTOMER';

    -- An entry debits one account and credits another with the same amount, in one row: an unbalanced entry cannot be
    -- written. There are no foreign keys: their check locks the referenced row, and all payments share accounts. The
    -- trigger ledger_apply_entry finds both accounts or refuses.
    create table ledger_entries (
      id bigint generated always as identity primary key,
      purpose text not null check (purpose in ('DEPOSIT', 'PAYMENT', 'SETTLEMENT', 'REVERSAL', 'DIFFERENCE', 'REFUND',
        'REFUND_RELEASE', 'FEE', 'NETTING', 'PAYOUT', 'CORRECTION')),
      reference text not null check (reference <> ''),
      debit_account_id uuid not null,
      credit_account_id uuid not null check (credit_account_id <> debit_account_id),
      amount bigint not null check (amount > 0),
      booked_at timestamptz not null,
      corrects bigint,
      reason text,
      operator text
    );
    -- A payment is debited once, and its money in transit leaves once: to Kaspi or back to the customer. Kaspi owes a refund
    -- once, and it leaves suspense once. A deposit's reference is unique per account.
    create unique index ledger_entries_one_payment on ledger_entries (reference) where purpose = 'PAYMENT';
    create unique index ledger_entries_one_end on ledger_entries (reference) where purpose in ('SETTLEMENT', 'REVERSAL');
    create unique index ledger_entries_one_refund on ledger_entries (reference) where purpose = 'REFUND';
    create unique index ledger_entries_one_release on ledger_entries (reference) where purpose = 'REFUND_RELEASE';
    create unique index ledger_entries_deposit_once on ledger_entries (credit_account_id, reference) where purpose = 'DEPOSIT';
    -- One index for the rare purposes: each index costs every payment. An entry is corrected once; the others are booked once
    -- per reference.
    create unique index ledger_entries_once on ledger_entries (purpose, (coalesce(corrects::text, reference)))
      where purpose in ('DIFFERENCE', 'FEE', 'NETTING', 'PAYOUT', 'CORRECTION');
    create index ledger_entries_reference on ledger_entries (reference);
    create index ledger_entries_debit on ledger_entries (debit_account_id, id);
    create index ledger_entries_credit on ledger_entries (credit_account_id, id);

    -- Seals cover the journal in order of id, without a gap.
    create table ledger_seals (
      number bigint primary key check (number > 0),
      first_id bigint not null,
      last_id bigint not null check (last_id >= first_id),
      entries int not null check (entries > 0),
      booked_until timestamptz not null,
      late_by bigint not null check (late_by >= 0),
      hash bytea not null check (length(hash) = 32),
      entry_ids bigint[] not null,
      digests bytea not null,
      sealed_at timestamptz not null,
      check (cardinality(entry_ids) = entries and length(digests) = 8 * entries)
    );
    create unique index ledger_seals_last on ledger_seals (last_id);
    create index ledger_seals_booked on ledger_seals (booked_until, number);
    create index ledger_seals_late on ledger_seals (late_by);

    create table ledger_turnovers (
      seal bigint not null,
      kind text not null,
      debited numeric not null,
      credited numeric not null,
      primary key (seal, kind)
    );

    create table ledger_checkpoints (
      account_id uuid not null,
      seal bigint not null,
      last_id bigint not null,
      debited numeric not null,
      credited numeric not null,
      primary key (account_id, seal)
    );
    create index ledger_checkpoints_seal on ledger_checkpoints (seal);

    create table ledger_verifications (
      number bigint generated always as identity primary key,
      verified_at timestamptz not null,
      entries bigint not null,
      seal bigint,
      hash bytea,
      faults int not null check (faults >= 0)
    );

    insert into ledger_accounts (id, kind, name, created_at) values
      ('00000000-0000-7000-8000-000000000001', 'FUNDING', 'Funding', '2026-01-01Z'),
      ('00000000-0000-7000-8000-000000000002', 'IN_TRANSIT', 'In transit', '2026-01-01Z'),
      ('00000000-0000-7000-8000-000000000003', 'PAYABLE_TO_KASPI', 'Payable to Kaspi', '2026-01-01Z'),
      ('00000000-0000-7000-8000-000000000004', 'DIFFERENCES', 'Differences with Kaspi', '2026-01-01Z'),
      ('00000000-0000-7000-8000-000000000005', 'RECEIVABLE_FROM_KASPI', 'Receivable from Kaspi', '2026-01-01Z'),
      ('00000000-0000-7000-8000-000000000006', 'REFUNDS_IN_SUSPENSE', 'Refunds in suspense', '2026-01-01Z'),
      ('00000000-0000-7000-8000-000000000007', 'FEES', 'Fees of Kaspi', '2026-01-01Z'),
      ('00000000-0000-7000-8000-000000000008', 'BANK', 'Bank', '2026-01-01Z');
  `;
}
