/** The result codes of the regulation, written down independently of the production table: 4.1 to 4.3, R11, R12. */
export const RESULT_CODES = {
  scan: [
    'CUSTOM_QR_ERROR',
    'EXPIRED_CODE',
    'INVALID_TOKEN',
    'PROCESS_FAIL',
    'INVALID_MERCHANT',
    'PARAM_ILLEGAL',
    'UNKNOWN_EXCEPTION',
    'PAYMENTS_SUSPENDED',
    'UNKNOWN_SOURCE',
    'TRY_TOMORROW',
  ],
  checkout: [
    'PROCESS_FAIL',
    'PARAM_ILLEGAL',
    'EXPIRED_CODE',
    'UNKNOWN_EXCEPTION',
    'PAYMENTS_SUSPENDED',
    'UNKNOWN_SOURCE',
    'TRY_TOMORROW',
  ],
  /** Of a SUCCESS notify: the purchase did not happen. */
  decisive: [
    'PROCESS_FAIL',
    'CANCELLED_BY_CLIENT',
    'INVALID_MERCHANT',
    'RISK_REJECT',
    'ORDER_NOT_EXIST',
    'UNKNOWN_CUSTOMER',
  ] as readonly string[],
  /** The same, unless an earlier attempt may have arrived: then the result is unclear. */
  beforeProcessing: [
    'PARAM_ILLEGAL',
    'PAYMENTS_SUSPENDED',
    'PAYMENT_INCORRECT_STATUS',
    'UNKNOWN_SOURCE',
  ] as readonly string[],
  /** Unclear results: the first is listed in the regulation, the second is not. */
  unclear: ['UNKNOWN_EXCEPTION', 'TRY_TOMORROW'] as readonly string[],
} as const;
