export { type CaseFile, CaseFiles } from './case-files.service.js';
export { OperationsHttpModule, OperationsModule } from './operations.module.js';
export { OutboxRetries } from './outbox-retries.service.js';
