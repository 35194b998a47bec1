import { randomUUID } from 'node:crypto';

export const FUNDING = '00000000-0000-7000-8000-000000000001';
export const IN_TRANSIT = '00000000-0000-7000-8000-000000000002';
export const SUSPENSE = '00000000-0000-7000-8000-000000000006';
export const BANK = '00000000-0000-7000-8000-000000000008';
export const ALIAS = '019a0000-0000-7000-8000-0000000000a1';
export const BEKZATS = '019a0000-0000-7000-8000-0000000000b1';
export const UNKNOWN = '019a0000-0000-7000-8000-0000000000c1';

export const ENTRY =
  'insert into public.ledger_entries (purpose, reference, debit_account_id, credit_account_id, amount, booked_at)';
export const entry = (debit: string, credit: string, amount: number | string, purpose = 'PAYMENT') =>
  `${ENTRY} values ('${purpose}', '${randomUUID()}', '${debit}', '${credit}', ${amount}, now())`;
export const post = (debit: string, credit: string, amount: number | string) =>
  `select ledger_post('PAYMENT', '${randomUUID()}', '${debit}', '${credit}', ${amount}, now())`;
export const account = (columns: string, values: string) =>
  `insert into ledger_accounts (id, kind, ${columns}, name, created_at) values ('${randomUUID()}', ${values}, 'n', now())`;

export const DENIED = (what: string) => new RegExp(`^42501 permission denied (for|to) ${what}`);
export const OWNERS = (what: string) => new RegExp(`^42501 must be owner of ${what}`);

/** Statements, each committed: all but the last are accepted, and the last is refused for this reason. */
export type Attempt = readonly [how: string, statements: string | readonly string[], reason: RegExp];
