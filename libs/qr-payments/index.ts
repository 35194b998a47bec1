export {
  MerchantDto,
  PaymentDto,
  paymentDto,
  ReceiptDto,
  ReceiptQueryDto,
  ServiceOptionDto,
} from './api/payment.dto.js';
export { ReversalEscalations } from './reversal/reversal-escalations.service.js';
export { CustomPayments } from './checkout/custom-payments.service.js';
export type { Price } from './domain/checkout.js';
export { FAILURE_CODES } from './domain/failure.js';
export type { Payment } from './domain/payment.js';
export { CONTRADICTED_BY_REFUND, type RefundRefusal } from './domain/refund.js';
export { CODE_MEANINGS, meaningOf } from './domain/result-code-table.js';
export { RESOLUTIONS, type Resolution } from './domain/resolve.js';
export type { FormValue, ServiceForm, ServiceParameter } from './domain/service-form.js';
export type { PaymentFilter, StatusChange } from './domain/timeline.js';
export { isFinal, PAYMENT_STATUSES, type PaymentStatus } from './domain/transitions.js';
export { Expiry } from './expiry/expiry.service.js';
export { EXAMPLE_PAYMENT_ID } from './http/example-id.js';
export { type OpenPayment, openPayments } from './persistence/open-payments.js';
export { type AcceptedRefund, PaymentRefunds } from './refund/payment-refunds.service.js';
export { PaymentStories } from './timeline/payment-timelines.service.js';
export type { PaymentView } from './watch/payment-watch.js';
export { Payments } from './payments/payments.service.js';
export { QrPaymentsHttpModule, QrPaymentsModule } from './qr-payments.module.js';
export { Resolutions } from './resolution/resolutions.service.js';
export { type Scanned, Scans } from './scan/scans.service.js';
export { unanswered } from './scan/query-error.js';
