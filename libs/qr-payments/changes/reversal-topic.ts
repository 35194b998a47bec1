/** Keyed by the payment. */
export const REVERSAL_TOPIC = 'coreReversal';

export interface ReversalPayload {
  readonly operationId: string;
}
