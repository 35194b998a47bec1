import {
  ALIAS,
  type Attempt,
  BEKZATS,
  DENIED,
  ENTRY,
  entry,
  FUNDING,
  IN_TRANSIT,
  SUSPENSE,
  UNKNOWN,
} from './sql-statements.js';

/** Attempts to unbalance the books. */
export const UNBALANCE: readonly Attempt[] = [
  ['an entry of a negative amount', entry(ALIAS, IN_TRANSIT, -100), /^23514 .*ledger_entries_amount_check/],
  ['an entry of a zero amount', entry(ALIAS, IN_TRANSIT, 0), /^23514 .*ledger_entries_amount_check/],
  ['an entry of an unknown amount', entry(ALIAS, IN_TRANSIT, 'null'), /^23502 .*"amount"/],
  ['an entry from an account to itself', entry(ALIAS, ALIAS, 100), /^23514 .*ledger_entries_check/],
  ['an entry from an account that does not exist', entry(UNKNOWN, ALIAS, 100), /^23503 an entry needs two accounts/],
  ['an entry to an account that does not exist', entry(ALIAS, UNKNOWN, 100), /^23503 an entry needs two accounts/],
  [
    'an entry from an account in a temporary table',
    [
      'create temporary table ledger_accounts (like public.ledger_accounts including defaults)',
      `insert into pg_temp.ledger_accounts (id, kind, customer_id, name, balance, created_at)
       values ('${UNKNOWN}', 'CUSTOMER', 'C', 'n', 1000000, now())`,
      entry(UNKNOWN, ALIAS, 100),
    ],
    /^23503 an entry needs two accounts/,
  ],
  [
    'an entry that releases suspense by a journal in a temporary table',
    [
      'create temporary table ledger_entries (like public.ledger_entries)',
      `insert into pg_temp.ledger_entries (id, purpose, reference, debit_account_id, credit_account_id, amount, booked_at)
       values (1, 'REFUND', 'Ref1', '${FUNDING}', '${SUSPENSE}', 100, now())`,
      `${ENTRY} values ('REFUND_RELEASE', 'Ref1', '${SUSPENSE}', '${ALIAS}', 100, now())`,
    ],
    /^23514 a REFUND_RELEASE .* cannot be posted between these accounts/,
  ],
  ['a smaller amount of an entry', 'update ledger_entries set amount = 1', DENIED('table ledger_entries')],
  [
    'another account of an entry',
    `update ledger_entries set credit_account_id = '${BEKZATS}'`,
    DENIED('table ledger_entries'),
  ],
  [
    'an entry that is posted again with another amount',
    `${ENTRY} select purpose, reference, debit_account_id, credit_account_id, 1, booked_at from ledger_entries
     on conflict (credit_account_id, reference) where purpose = 'DEPOSIT' do update set amount = 1`,
    DENIED('table ledger_entries'),
  ],
  [
    'an entry with an id of its own choice',
    `insert into ledger_entries (id, purpose, reference, debit_account_id, credit_account_id, amount, booked_at)
     overriding system value values (-1, 'PAYMENT', 'before all others', '${ALIAS}', '${IN_TRANSIT}', 100, now())`,
    DENIED('table ledger_entries'),
  ],
  ['a gap in the ids', "select setval('ledger_entries_id_seq', 1000000)", DENIED('sequence ledger_entries_id_seq')],
];

const BALANCE = `update public.ledger_accounts set balance = balance + 100 where id = '${ALIAS}'`;
const OWN_TRIGGER = (statement: string) => [
  `create function pg_temp.move() returns trigger language plpgsql as $$ begin ${statement}; return null; end $$`,
  'create temporary table lever (a int)',
  'create trigger lever after insert on lever for each row execute function pg_temp.move()',
];
const LEDGERS_TRIGGER = (name: string) => [
  'create temporary table lever (debit_account_id uuid, credit_account_id uuid, amount bigint)',
  `create trigger lever after insert on lever for each row execute function public.${name}()`,
];

/** Attempts to change what is recorded. */
export const CHANGE: readonly Attempt[] = [
  ['a balance', BALANCE, DENIED('table ledger_accounts')],
  [
    'a balance by all columns at once',
    `update ledger_accounts set (name, balance) = ('n', 1)`,
    DENIED('table ledger_accounts'),
  ],
  [
    'a balance by opening the account again',
    `insert into ledger_accounts select * from ledger_accounts where id = '${ALIAS}' on conflict (id) do update set balance = 1`,
    DENIED('table ledger_accounts'),
  ],
  [
    'a balance by merging',
    `merge into ledger_accounts a using (select 1) s on a.id = '${ALIAS}' when matched then update set balance = 1`,
    DENIED('table ledger_accounts'),
  ],
  [
    'a balance by its own trigger',
    [...OWN_TRIGGER(BALANCE), 'insert into lever values (1)'],
    DENIED('table ledger_accounts'),
  ],
  [
    'a balance by its own security definer function',
    [
      `create function pg_temp.move() returns void language sql security definer as $$ ${BALANCE} $$`,
      'select pg_temp.move()',
    ],
    DENIED('table ledger_accounts'),
  ],
  ['a balance by the ledger’s trigger on its own table', LEDGERS_TRIGGER('ledger_apply_entry'), DENIED('function')],
  ['a balance by calling the ledger’s trigger', 'select ledger_apply_entry()', DENIED('function')],
  [
    'a balance as a replica, for which triggers are off',
    "set session_replication_role = 'replica'",
    DENIED('set parameter'),
  ],
  [
    'a balance with a right that it grants itself',
    ['grant update on ledger_accounts to current_user', BALANCE],
    DENIED('table ledger_accounts'),
  ],
  ['a balance as pg_write_all_data', 'set role pg_write_all_data', DENIED('set role')],
  ['the customer of an account', `update ledger_accounts set customer_id = 'C2'`, DENIED('table ledger_accounts')],
  ['the kind of an account', `update ledger_accounts set kind = 'FUNDING'`, DENIED('table ledger_accounts')],
  ['the id of an account', `update ledger_accounts set id = '${UNKNOWN}'`, DENIED('table ledger_accounts')],
  ['the purpose of an entry', `update ledger_entries set purpose = 'REVERSAL'`, DENIED('table ledger_entries')],
  ['the time of an entry', 'update ledger_entries set booked_at = now()', DENIED('table ledger_entries')],
  [
    'the debit of a payment',
    'update qr_payments set amount = 1 where debited_at is not null',
    /^23001 .*what is settled cannot change/,
  ],
  ['the amount of a settlement', 'update registry_settlements set amount = 1', DENIED('table registry_settlements')],
  ['a row of the audit trail', `update access_audit set actor = 'x'`, DENIED('table access_audit')],
  ['the list of migrations', `update migrations set name = 'x'`, DENIED('table migrations')],
  [
    'the list of tables with partitions',
    `insert into platform_monthly_tables values ('ledger_entries')`,
    DENIED('table platform_monthly_tables'),
  ],
];
