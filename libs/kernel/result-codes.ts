/** The result codes of the regulation, of all methods (4.1 to 4.4). */
export const KASPI_RESULT_CODES = [
  'SUCCESS',
  'PROCESS_FAIL',
  'CANCELLED_BY_CLIENT',
  'CUSTOM_QR_ERROR',
  'EXPIRED_CODE',
  'INVALID_TOKEN',
  'INVALID_MERCHANT',
  'PARAM_ILLEGAL',
  'UNKNOWN_EXCEPTION',
  'PAYMENTS_SUSPENDED',
  'RISK_REJECT',
  'ORDER_NOT_EXIST',
  'PAYMENT_INCORRECT_STATUS',
  'UNKNOWN_SOURCE',
  'UNKNOWN_CUSTOMER',
] as const;

export type KaspiResultCode = (typeof KASPI_RESULT_CODES)[number];

const listedCodes: ReadonlySet<string> = new Set(KASPI_RESULT_CODES);

export function isListed(code: string): code is KaspiResultCode {
  return listedCodes.has(code);
}

/** The results that a participant may send with notifyPayment (4.3); one per payment (R35). */
export const NOTIFY_RESULTS = ['SUCCESS', 'CANCELLED_BY_CLIENT', 'PROCESS_FAIL', 'RISK_REJECT'] as const;
export type NotifyResult = (typeof NOTIFY_RESULTS)[number];
