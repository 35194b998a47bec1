export type { CheckoutAnswer, Merchant, NotifyAnswer, ScanAnswer } from './answers.js';
export {
  type CallKey,
  CallLog,
  type LoggedCall,
  masked,
} from './call-log.js';
export { KaspiModule } from './kaspi.module.js';
export { KaspiClient, type KaspiRequest } from './kaspi-client.js';
export { KaspiHealth, type KaspiHealthView } from './kaspi-health.js';
export type { KaspiMethod, KaspiOutcome } from './outcome.js';
export { KaspiQueries, type QueryAttempt } from './queries.js';
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
