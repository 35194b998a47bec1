/** Keyed by the payment. The name is older than reversals of the own ledger that wait in suspense. */
export const REVERSAL_TOPIC = 'coreReversal';

/** What is to be done is in the payment's reversal and its operations at the core. */
export type ReversalPayload = Readonly<Record<string, never>>;
