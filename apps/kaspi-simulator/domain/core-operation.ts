import type { CoreMovementRequest, CoreOperationAnswer, CoreReason, CoreReversalRequest } from '@mpp/core-banking/wire';

/** What a core may be asked to do, as it was asked. */
export type CoreOrder =
  | { readonly kind: 'DEBIT' | 'CREDIT'; readonly request: CoreMovementRequest }
  | { readonly kind: 'REVERSAL'; readonly request: CoreReversalRequest };

/** What a core answers to what it was asked to do. */
export type CoreAnswer = Exclude<CoreOperationAnswer, { outcome: 'NEVER_SEEN' }>;

/** An order that was decided. */
export interface CoreOperation {
  readonly order: CoreOrder;
  readonly answer: CoreAnswer;
  /** Money was taken or given. A reversal can be done without: there was nothing to give back. */
  readonly moved: boolean;
  readonly firstAskedAt: Date;
  readonly lastAskedAt: Date;
  readonly timesAsked: number;
}

/** What a core decides of an order that it has not decided yet. */
export type Verdict = { readonly moves: boolean } | { readonly refusal: CoreReason };

/** The id stands for another content already, or a reversal does not fit its debit. Nothing is done, and nothing is kept of it. */
export class CoreConflict extends Error {
  override readonly name = 'CoreConflict';
}

/** Whether it is decided for good. A refused reversal is not: the money must be given back some day. */
export function isFinal({ order, answer }: Pick<CoreOperation, 'order' | 'answer'>): boolean {
  return order.kind !== 'REVERSAL' || answer.outcome === 'DONE';
}

/** Throws {@link CoreConflict} where the two orders of one id are not the same in every field. */
export function requireSameContent(known: CoreOrder, asked: CoreOrder): void {
  const { operationId } = asked.request;
  if (known.kind !== asked.kind) throw new CoreConflict(`operation ${operationId} is a ${known.kind}`);
  const before: Readonly<Record<string, unknown>> = { ...known.request };
  const different = Object.entries(asked.request).filter(([name, value]) => before[name] !== value);
  if (different.length === 0) return;
  const names = different.map(([name]) => name).join(', ');
  throw new CoreConflict(`operation ${operationId} was asked for with another content: ${names}`);
}

/** Throws {@link CoreConflict} where a reversal names as its debit what is none, or one of other money. */
export function requireMatchingDebit({ debitId, ...reversal }: CoreReversalRequest, debit: CoreOrder): void {
  if (debit.kind !== 'DEBIT') throw new CoreConflict(`operation ${debitId} is a ${debit.kind}, and no debit`);
  const wrong = (['customerId', 'accountId', 'amount', 'currency'] as const).filter(
    (name) => reversal[name] !== debit.request[name],
  );
  if (wrong.length > 0) throw new CoreConflict(`${wrong.join(', ')} must be as in the debit ${debitId}`);
}
