export {
  MerchantDto,
  PaymentDto,
  paymentDto,
  ReceiptDto,
  ReceiptQueryDto,
  ServiceOptionDto,
} from './api/payment.dto.js';
export { CustomPayments } from './checkout/custom-payments.service.js';
export { Confirmations } from './confirm/confirmations.service.js';
export { debitOperationId } from './core-banking/debit-topic.js';
export { RefusedDebitHandler } from './core-banking/refused-debit.handler.js';
export type { Price } from './domain/checkout.js';
export { FAILURE_CODES } from './domain/failure.js';
export type { OpenPayment, Payment } from './domain/payment.js';
export { CONTRADICTED_BY_REFUND, type RefundRefusal } from './domain/refund.js';
export { RESOLUTIONS, type Resolution } from './domain/resolve.js';
export { meaningOfResultCode, RESULT_CODE_TABLE } from './domain/result-code-table.js';
export type { Reversal } from './domain/reversal.js';
export type { FormValue, ServiceForm, ServiceParameter } from './domain/service-form.js';
export { CUSTOMER_HAS_MONEY_STATUSES } from './domain/status-sets.js';
export type { PaymentFilter, StatusChange } from './domain/timeline.js';
export { isFinal, isWaiting, PAYMENT_STATUSES, type PaymentStatus } from './domain/transitions.js';
export { Expiry } from './expiry/expiry.service.js';
export { EXAMPLE_PAYMENT_ID } from './http/example-id.js';
export { openPayments } from './payments/open-payments.js';
export { Payments } from './payments/payments.service.js';
export { QrPaymentsHttpModule, QrPaymentsModule } from './qr-payments.module.js';
export { type AcceptedRefund, PaymentRefunds, type RefundSums } from './refund/payment-refunds.service.js';
export { Resolutions } from './resolution/resolutions.service.js';
export { ReversalEscalations } from './reversal/reversal-escalations.service.js';
export { ReversalOperations } from './reversal/reversal-operations.service.js';
export { queryError } from './scan/query-error.js';
export { type Scanned, Scans } from './scan/scans.service.js';
export { type PaymentTimeline, PaymentTimelines } from './timeline/payment-timelines.service.js';
export type { PaymentView } from './watch/payment-watch.js';
