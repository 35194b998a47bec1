import { CORE_TIMEOUT_MS } from './core-line.js';
import { MARGIN_MS, TTL_MS } from './model.js';
import { IN_DOUBT_AFTER_MS } from './model-rules.js';

/** No background work: everything happens in a step. A retry is due as soon as the clock moves. */
export const SETTINGS = {
  BACKGROUND_WORK: 'off',
  CONFIRM_WAIT_MS: '0',
  KASPI_TIMEOUT_MS: '400',
  SCAN_TIMEOUT_MS: '400',
  NOTIFY_RETRY_BASE_MS: '1000',
  NOTIFY_RETRY_MAX_MS: '1000',
  CONFIRM_MARGIN_MS: String(MARGIN_MS),
  PAYMENT_TTL_MS: String(TTL_MS),
  IN_DOUBT_AFTER_MS: String(IN_DOUBT_AFTER_MS),
  REFUND_RETRY_BASE_MS: '1000',
  REFUND_RETRY_MAX_MS: '1000',
  CORE_BANKING_TIMEOUT_MS: String(CORE_TIMEOUT_MS),
  CORE_BANKING_RETRY_BASE_MS: '1000',
  CORE_BANKING_RETRY_MAX_MS: '1000',
};
