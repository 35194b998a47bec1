export { BooksCheck } from './books-check.service.js';
export { BooksVerification, type Findings } from './books-verification.js';
export { type CaseFile, CaseFiles } from './case-files.service.js';
export { OperationsHttpModule, OperationsModule } from './operations.module.js';
export { OutboxRetries } from './outbox-retries.service.js';
