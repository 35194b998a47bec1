export type { Merchant, NotifyAnswer, ScanAnswer } from './answers.js';
export {
  type ExchangeKey,
  Exchanges,
  masked,
} from './exchanges.js';
export { KaspiModule } from './kaspi.module.js';
export { KaspiClient, type KaspiRequest } from './kaspi-client.js';
export type { KaspiOutcome } from './outcome.js';
export {
  type AmountFormat,
  DEMO_QR_CODE,
  type NotifyRequestBody,
  type QrCodeType,
  type ScanRequestBody,
  writeAmount,
} from './wire.js';
