/** The calls of the PS that we make (regulation 4.1 to 4.3). */
export type KaspiMethod = 'scan' | 'checkout' | 'notifyPayment';

/** The outcome of one call to the PS. Callers `switch` over `kind`, so that an outcome without a case does not compile. Source: R9. */
export type KaspiOutcome<Answer> =
  /** The PS answered with a `result.resultCode`, SUCCESS or a refusal. */
  | ({
      readonly kind: 'answered';
      readonly resultCode: string;
      readonly resultMessage: string;
      /** The rest of the answer; null unless the code is SUCCESS. */
      readonly answer: Answer | null;
    } & HttpAnswer)
  /** No connection was made: the PS has not received the request. */
  | { readonly kind: 'not-sent'; readonly reason: string }
  /** The request was sent, and no reliable answer came: the PS may have received it or not. */
  | ({
      readonly kind: 'unknown';
      readonly reason: string;
      /** A connection that had been idle was reset: the PS itself may answer well. */
      readonly stale?: true;
    } & Partial<HttpAnswer>);

interface HttpAnswer {
  readonly httpStatus: number;
  /** The body as received. */
  readonly text: string;
}
