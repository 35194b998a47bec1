import { ForwardMigration } from './forward-migration.js';

export class CoreBankingBaseline1795910400008 extends ForwardMigration {
  readonly sql = `
    -- Every operation at a bank's core, written before it is requested, and requested under this id until its outcome is known.
    create table core_operations (
      id uuid primary key,
      kind text not null check (kind in ('DEBIT', 'CREDIT', 'REVERSAL')),
      subject uuid not null,
      debit_id uuid,
      customer_id text not null,
      account_id uuid not null,
      core_account text not null check (char_length(core_account) between 1 and 64),
      amount bigint not null check (amount > 0),
      reference text not null,
      description text not null,
      state text not null default 'REQUESTED' check (state in ('REQUESTED', 'DONE', 'REFUSED', 'ABANDONED')),
      reason text,
      core_reference text,
      requested_at timestamptz not null,
      answered_at timestamptz,
      due_at timestamptz,
      next_escalation_at timestamptz,
      constraint core_operations_reversal check ((kind = 'REVERSAL') = (debit_id is not null)
        and (kind = 'REVERSAL') = (due_at is not null)),
      constraint core_operations_answered check ((state = 'REQUESTED') = (answered_at is null)),
      constraint core_operations_refused check (state <> 'REFUSED' or (reason is not null and kind <> 'REVERSAL')),
      constraint core_operations_abandoned check (state <> 'ABANDONED' or kind = 'DEBIT'),
      constraint core_operations_escalates check (next_escalation_at is null or (kind = 'REVERSAL' and state = 'REQUESTED'))
    ) with (fillfactor = 80);
    create index core_operations_subject on core_operations (subject);
    -- A payment is debited once and reversed once. No second credit of a refund is requested while the first one may have
    -- been executed.
    create unique index core_operations_one_debit on core_operations (subject) where kind = 'DEBIT';
    create unique index core_operations_one_reversal on core_operations (debit_id) where kind = 'REVERSAL';
    create unique index core_operations_one_credit on core_operations (subject) where kind = 'CREDIT' and state <> 'REFUSED';
    create index core_operations_escalating on core_operations (next_escalation_at) where next_escalation_at is not null;
    create index core_operations_reversing on core_operations (due_at) where kind = 'REVERSAL' and state = 'REQUESTED';
  `;
}
