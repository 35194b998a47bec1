export { almatyInstant, almatyWallClock } from './almaty.js';
export {
  addDays,
  type BusinessDay,
  beginOf,
  boundsOf,
  businessDay,
  businessDayOf,
  type DayRange,
  dateExists,
  daysOf,
  endOf,
  instantAtHour,
  isWeekend,
  monthOf,
  yearOf,
} from './business-day.js';
export { addMilliseconds, Clock, SystemClock } from './clock.js';
export { DomainError, ERROR_CODES, type ErrorCode, type ErrorFacts } from './domain-error.js';
export {
  customerMoneyDeadline,
  type Due,
  type Escalation,
  type EscalationKind,
  escalate,
  firstEscalation,
} from './escalation.js';
export { isUnknownOutcome } from './http-outcome.js';
export {
  type AccountId,
  accountId,
  type CustomerId,
  customerId,
  type KaspiPaymentId,
  kaspiPaymentId,
  NO_ACCOUNT,
  type PaymentId,
  paymentId,
  type RefundId,
  type RequestId,
  refundId,
  requestId,
  UUID,
} from './ids.js';
export { KASPI_LOCALE, LOCALES, type Locale, type LocalisedText, localeOf } from './locale.js';
export { instantOfParts, isoParts, type MomentParts, parseInstant, TIME_PATTERN } from './moment.js';
export { formatTiyn, MAX_TIYN, Money } from './money.js';
export {
  isListed,
  KASPI_RESULT_CODES,
  type KaspiResultCode,
  NOTIFY_RESULTS,
  type NotifyResult,
} from './result-codes.js';
