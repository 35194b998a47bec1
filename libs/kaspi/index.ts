export { ambiguousNames } from './ambiguous-names.js';
export { CallLog } from './call-log/call-log.js';
export type { CheckoutAnswer, Merchant, NotifyAnswer, ScanAnswer } from './client/answers.js';
export { KaspiClient, type KaspiRequest } from './client/kaspi-client.js';
export type { CallKey, LoggedCall } from './domain/call.js';
export { maskPersonalData } from './domain/masking.js';
export type { KaspiMethod, KaspiOutcome } from './domain/outcome.js';
export { KaspiHealth, type KaspiHealthView } from './health/kaspi-health.js';
export { KaspiModule } from './kaspi.module.js';
export { KaspiQueries, type QueryAttempt } from './queries/kaspi-queries.js';
export {
  type AmountFormat,
  amountField,
  type CheckoutRequestBody,
  DEMO_QR_CODE,
  field,
  type NotifyRequestBody,
  parseWireObject,
  type QrCodeType,
  type ScanRequestBody,
  type WireObject,
  writeAmount,
} from './wire.js';
