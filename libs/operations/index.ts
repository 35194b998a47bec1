export { BooksCheck } from './books/books-check.service.js';
export { BooksVerification, type Findings } from './books/books-verification.js';
export { PaymentDetails, type PaymentDetailsView } from './details/payment-details.service.js';
export { OperationsHttpModule, OperationsModule } from './operations.module.js';
export { OutboxRetries } from './outbox-retries.service.js';
