import type { CoreMovementRequest, CoreOperationAnswer, CoreReason, CoreReversalRequest } from '@mpp/core-banking/wire';

/** A request to the core that moves money. */
export type CoreOrder =
  | { readonly kind: 'DEBIT' | 'CREDIT'; readonly request: CoreMovementRequest }
  | { readonly kind: 'REVERSAL'; readonly request: CoreReversalRequest };

/** The core's answer to an order. */
export type CoreAnswer = Exclude<CoreOperationAnswer, { outcome: 'NEVER_SEEN' }>;

/** An order with its decision. */
export interface CoreOperation {
  readonly order: CoreOrder;
  readonly answer: CoreAnswer;
  /** Whether money moved. A reversal can be DONE without, if its debit moved none. */
  readonly moved: boolean;
  readonly firstAskedAt: Date;
  readonly lastAskedAt: Date;
  readonly timesAsked: number;
}

/** The core's decision on a new order. */
export type Verdict = { readonly moves: boolean } | { readonly refusal: CoreReason };

/** The id was used with different content, or a reversal does not match its debit. Nothing is done or stored. */
export class CoreConflict extends Error {
  override readonly name = 'CoreConflict';
}

/** Whether the decision is final. A refused reversal is decided again when it is repeated. */
export function isFinal({ order, answer }: Pick<CoreOperation, 'order' | 'answer'>): boolean {
  return order.kind !== 'REVERSAL' || answer.outcome === 'DONE';
}

/** Throws {@link CoreConflict} if two orders with the same id differ in any field. */
export function requireSameContent(known: CoreOrder, repeated: CoreOrder): void {
  const { operationId } = repeated.request;
  if (known.kind !== repeated.kind) throw new CoreConflict(`operation ${operationId} is a ${known.kind}`);
  const knownRequest: Readonly<Record<string, unknown>> = { ...known.request };
  const different = Object.entries(repeated.request).filter(([name, value]) => knownRequest[name] !== value);
  if (different.length === 0) return;
  const names = different.map(([name]) => name).join(', ');
  throw new CoreConflict(`operation ${operationId} was requested with different content: ${names}`);
}

/**
 * Throws {@link CoreConflict} if the reversal's debit is not a debit, or differs in customer, amount or currency. The account may
 * be another one of the customer, if the debited one takes no money.
 */
export function requireMatchingDebit({ debitId, ...reversal }: CoreReversalRequest, debit: CoreOrder): void {
  if (debit.kind !== 'DEBIT') throw new CoreConflict(`operation ${debitId} is a ${debit.kind}, not a debit`);
  const wrong = (['customerId', 'amount', 'currency'] as const).filter(
    (name) => reversal[name] !== debit.request[name],
  );
  if (wrong.length > 0) throw new CoreConflict(`${wrong.join(', ')} must be as in the debit ${debitId}`);
}
