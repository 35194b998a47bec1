import type { QueryRunner } from 'typeorm';
import { ForwardMigration } from './forward-migration.js';

/** What a bank's core is asked for; see libs/core-banking. */
export class CoreBankingOperations1795478400016 extends ForwardMigration {
  override async up(runner: QueryRunner): Promise<void> {
    await runner.query(OPERATIONS);
    await runner.query(GUARD);
    await runner.query(ASK);
  }
}

const OPERATIONS = `
  -- Every operation is here before the core is asked for it, and is asked for under this id until its outcome is known.
  create table core_operations (
    id uuid primary key,
    kind text not null check (kind in ('DEBIT', 'CREDIT', 'REVERSAL')),
    subject uuid not null,              -- the payment of a debit or a reversal, the refund of a credit
    debit_id uuid,                      -- what a reversal gives back
    customer_id text not null,
    account_id uuid not null,           -- ours
    core_account text not null check (char_length(core_account) between 1 and 64), -- the bank's
    amount bigint not null check (amount > 0),
    reference text not null,
    description text not null,
    state text not null default 'ASKED' check (state in ('ASKED', 'DONE', 'REFUSED', 'ABANDONED')),
    reason text,                        -- of a refusal; a reversal may be asked for again after one
    core_reference text,
    asked_at timestamptz not null,
    answered_at timestamptz,
    due_at timestamptz,                 -- of a reversal: by when the customer is to have it
    next_escalation_at timestamptz,     -- null once there is nothing to remind of
    constraint core_operations_reversal check ((kind = 'REVERSAL') = (debit_id is not null)
      and (kind = 'REVERSAL') = (due_at is not null)),
    constraint core_operations_answered check ((state = 'ASKED') = (answered_at is null)),
    constraint core_operations_refused check (state <> 'REFUSED' or (reason is not null and kind <> 'REVERSAL')),
    constraint core_operations_abandoned check (state <> 'ABANDONED' or kind = 'DEBIT'),
    constraint core_operations_escalates check (next_escalation_at is null or (kind = 'REVERSAL' and state = 'ASKED'))
  ) with (fillfactor = 80);
  create index core_operations_subject on core_operations (subject);
  -- A payment is debited once and given back once; of a refund no second credit is asked for while the first one may have
  -- been carried out.
  create unique index core_operations_one_debit on core_operations (subject) where kind = 'DEBIT';
  create unique index core_operations_one_reversal on core_operations (debit_id) where kind = 'REVERSAL';
  create unique index core_operations_one_credit on core_operations (subject) where kind = 'CREDIT' and state <> 'REFUSED';
  create index core_operations_escalating on core_operations (next_escalation_at) where next_escalation_at is not null;
  create index core_operations_reversing on core_operations (due_at) where kind = 'REVERSAL' and state = 'ASKED';
`;

const GUARD = `
  create function core_operations_guard() returns trigger language plpgsql as $$
  begin
    if (new.id, new.kind, new.subject, new.debit_id, new.customer_id, new.account_id, new.core_account, new.amount,
        new.reference, new.description, new.asked_at, new.due_at)
      is distinct from (old.id, old.kind, old.subject, old.debit_id, old.customer_id, old.account_id, old.core_account,
        old.amount, old.reference, old.description, old.asked_at, old.due_at)
      or (old.state <> 'ASKED' and (new.state, new.answered_at, new.reason, new.core_reference)
        is distinct from (old.state, old.answered_at, old.reason, old.core_reference))
    then
      raise exception 'core operation %: what was asked and answered stays', old.id using errcode = 'restrict_violation';
    end if;
    return new;
  end $$;
  create trigger core_operations_guard before update on core_operations
    for each row execute function core_operations_guard();
  create trigger core_operations_keep before delete on core_operations for each row execute function platform_refuse();
  create trigger core_operations_keep_all before truncate on core_operations execute function platform_refuse();
  alter table core_operations enable always trigger core_operations_guard;
  alter table core_operations enable always trigger core_operations_keep;
  alter table core_operations enable always trigger core_operations_keep_all;

  -- A reversal gives back what its debit took, from where it took it.
  create function core_operations_check_reversal() returns trigger language plpgsql as $$
  begin
    if not exists (select 1 from core_operations d where d.id = new.debit_id and d.kind = 'DEBIT'
        and (d.subject, d.customer_id, d.account_id, d.core_account, d.amount)
          = (new.subject, new.customer_id, new.account_id, new.core_account, new.amount)) then
      raise exception 'reversal % gives back another debit', new.id
        using errcode = 'check_violation', constraint = 'core_operations_reversal_of_debit';
    end if;
    return null;
  end $$;
  create trigger core_operations_check_reversal after insert on core_operations
    for each row when (new.kind = 'REVERSAL') execute function core_operations_check_reversal();
  alter table core_operations enable always trigger core_operations_check_reversal;
`;

const ASK = `
  -- Puts a debit or a credit on record, with the account's mirror in the ledger; joins the caller's transaction.
  create function core_operation_ask(
    p_id uuid, p_kind text, p_subject uuid, p_customer text, p_account uuid, p_core_account text, p_account_name text,
    p_amount bigint, p_reference text, p_description text, p_at timestamptz
  ) returns void language plpgsql as $$
  begin
    perform ledger_mirror_account(p_account, p_customer, p_core_account, p_account_name, p_at);
    insert into core_operations (id, kind, subject, customer_id, account_id, core_account, amount, reference, description,
      asked_at)
    values (p_id, p_kind, p_subject, p_customer, p_account, p_core_account, p_amount, p_reference, p_description, p_at);
  end $$;
`;
