export { SHARED_ACCOUNTS } from './domain/chart.js';
export { EXAMPLE_ACCOUNT_ID } from './http/accounts.dto.js';
export { AccountsHttpModule, BooksHttpModule, LedgerModule } from './ledger.module.js';
export { type Account, Ledger } from './ledger.service.js';
export type { NewEntry } from './persistence/journal.js';
