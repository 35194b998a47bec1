export { SHARED_ACCOUNTS } from './domain/chart.js';
export type { Entry, NewEntry } from './domain/entry.js';
export type { Receiver } from './domain/receiver.js';
export { EXAMPLE_ACCOUNT_ID } from './http/example-id.js';
export { BooksHttpModule, LedgerModule } from './ledger.module.js';
export { type Account, Ledger } from './ledger.service.js';
