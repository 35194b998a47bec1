/** Our answer to the PS: decided once per refundId and repeated unchanged (R17). */
export interface RefundAnswer {
  readonly resultCode: 'SUCCESS' | 'PARAM_ILLEGAL';
  readonly resultMessage: string;
}

/** The reasons of PARAM_ILLEGAL with their result messages. Source: R17, R18. */
export const REFUSALS = {
  NOT_JSON: 'the body is no JSON',
  TWO_VALUES: 'the body has a name twice with different values',
  NO_OBJECT: 'the body must be a JSON object',
  REFUND_ID: 'refundId must be 1 to 64 characters',
  CUSTOMER_ID: 'customerId must be 1 to 12 characters',
  PAYMENT_ID: 'paymentId must be 1 to 64 characters',
  AMOUNT: 'refundAmount must be above zero, like 100.00',
  LINK_RECEIPT: 'linkReceipt must be a link',
  PDF_RECEIPT: 'pdfReceipt must be a link',
  OTHER_CONTENT: 'refundId is known with another content',
  UNKNOWN_PAYMENT: 'paymentId is unknown',
  OTHER_CUSTOMER: 'customerId is not that of the payment',
  NOT_DEBITED: 'the payment was not made',
  ABOVE_PAYMENT: 'refundAmount is above what is left of the payment',
  TAKEN_UP: 'the refund is booked already, otherwise than requested',
} as const;

export type Refusal = keyof typeof REFUSALS;

export const SUCCESS: RefundAnswer = { resultCode: 'SUCCESS', resultMessage: 'success' };

export function illegal(refusal: Refusal): RefundAnswer {
  return { resultCode: 'PARAM_ILLEGAL', resultMessage: REFUSALS[refusal] };
}
