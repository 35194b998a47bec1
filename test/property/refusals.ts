/** The codes of the regulation as its readers take them, written down once more for the tests: 4.1 to 4.3, R11, R12. */
export const REFUSALS = {
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
  /** The same, unless an earlier attempt may have arrived: then neither yes nor no. */
  atTheGate: ['PARAM_ILLEGAL', 'PAYMENTS_SUSPENDED', 'PAYMENT_INCORRECT_STATUS', 'UNKNOWN_SOURCE'] as readonly string[],
  /** Neither yes nor no: the first is listed, the last by nobody. */
  doubtful: ['UNKNOWN_EXCEPTION', 'TRY_TOMORROW'] as readonly string[],
} as const;
