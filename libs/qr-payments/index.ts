export {
  MerchantDto,
  PaymentDto,
  paymentDto,
  ReceiptDto,
  ReceiptQueryDto,
  ServiceOptionDto,
} from './api/payment.dto.js';
export { ReversalEscalations } from './core/reversal-escalations.service.js';
export { CustomPayments } from './custom-payments.js';
export type { Price } from './domain/checkout.js';
export { FAILURE_CODES } from './domain/failure.js';
export type { Payment } from './domain/payment.js';
export { CONTRADICTED_BY_REFUND, type RefundRefusal } from './domain/refund.js';
export { CODE_MEANINGS, meaningOf } from './domain/refusals.js';
export { RESOLUTIONS, type Resolution } from './domain/resolve.js';
export type { FormValue, ServiceForm, ServiceParameter } from './domain/service-form.js';
export type { PaymentFilter, StatusChange } from './domain/story.js';
export { isFinal, PAYMENT_STATUSES, type PaymentStatus } from './domain/transitions.js';
export { Expiry } from './expiry.service.js';
export { EXAMPLE_PAYMENT_ID } from './http/example-id.js';
export { type OpenPayment, openPayments } from './open-payments.js';
export { type AcceptedRefund, PaymentRefunds } from './payment-refunds.js';
export { PaymentStories } from './payment-stories.js';
export type { PaymentView } from './payment-watch.js';
export { Payments } from './payments.service.js';
export { QrPaymentsHttpModule, QrPaymentsModule } from './qr-payments.module.js';
export { Resolutions } from './resolutions.service.js';
export { type Scanned, Scans } from './scans.service.js';
export { unanswered } from './unanswered.js';
