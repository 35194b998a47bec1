/** The calls of the PS that we make (regulation 4.1 to 4.3). */
export type KaspiMethod = 'scan' | 'checkout' | 'notifyPayment';

/**
 * What came of one call to the PS. Everyone who calls it must say what each of the three means to them: a `switch` over
 * `kind` without one of them does not compile. Source: R9.
 */
export type KaspiOutcome<Answer> =
  /** The PS spoke: there is a `result.resultCode`, SUCCESS or a refusal. */
  | (Answered<Answer> & Heard)
  /** The connection was never made: the PS has not seen the request. */
  | { readonly kind: 'not-sent'; readonly reason: string }
  /** It was sent, and nothing that can be relied upon came back: the PS may have seen it, or not. */
  | ({ readonly kind: 'unknown'; readonly reason: string } & Partial<Heard>);

interface Answered<Answer> {
  readonly kind: 'answered';
  readonly resultCode: string;
  readonly resultMessage: string;
  /** What else the answer holds; null unless the code is SUCCESS. */
  readonly answer: Answer | null;
}

interface Heard {
  readonly httpStatus: number;
  /** The body as it came. */
  readonly text: string;
}
