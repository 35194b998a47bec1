export { PAYMENT_STATUSES, type PaymentStatus } from './domain/transitions.js';
export { EXAMPLE_PAYMENT_ID } from './http/example-id.js';
export type { PaymentView } from './payment-watch.js';
export { Payments } from './payments.service.js';
export { QrPaymentsHttpModule, QrPaymentsModule } from './qr-payments.module.js';
export { Scans } from './scans.service.js';
