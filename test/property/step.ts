import type fc from 'fast-check';
import type { CoreFault, Fault } from '../../apps/kaspi-simulator/start.js';
import type { Model } from './model.js';
import type { ModelPayment, ModelRefund } from './model-types.js';
import type { Run } from './run.js';

/** One step of a random history, with a name in words; afterwards the servers are compared with the model. */
export type Step = fc.AsyncCommand<Model, Run>;

interface Rules {
  /** The step is left out if this is false. */
  readonly applies?: (model: Readonly<Model>) => boolean;
  /** The step does not touch a server, so there is nothing to compare. */
  readonly quiet?: boolean;
}

export function step(words: string, take: (run: Run) => Promise<void>, { applies, quiet }: Rules = {}): Step {
  return {
    check: (model) => applies?.(model) ?? true,
    run: async (_, run) => {
      run.startStep(words);
      await take(run);
      if (quiet !== true) await run.settled();
      await run.finishStep();
    },
    toString: () => words,
  };
}

export type Kind = (payment: ModelPayment) => boolean;

export const ANY: Kind = () => true;
export const isPayable: Kind = ({ status }) => status === 'AWAITING_AMOUNT' || status === 'AWAITING_CONFIRMATION';

/** A step on a payment of this kind, counted from the newest; left out if there is none. */
export function stepOn(
  pick: number,
  kind: Kind,
  words: string,
  take: (run: Run, payment: ModelPayment) => Promise<void>,
): Step {
  const applies = ({ payments }: Readonly<Model>) => payments.some(kind);
  return step(words, (run) => take(run, picked(run.model.payments.filter(kind), pick)), { applies });
}

export function picked<Item>(items: readonly Item[], pick: number): Item {
  const item = items.at(-1 - (pick % Math.max(1, items.length)));
  if (item === undefined) throw new Error('there is nothing to pick from');
  return item;
}

/** A step on a refund of this kind, counted from the newest; left out if there is none. */
export function stepOnRefund(
  pick: number,
  kind: (refund: ModelRefund) => boolean,
  words: string,
  take: (run: Run, refund: ModelRefund) => Promise<void>,
): Step {
  const applies = ({ refunds }: Readonly<Model>) => refunds.some(kind);
  return step(words, (run) => take(run, picked(run.model.refunds.filter(kind), pick)), { applies });
}

export function inWords(fault: Fault | CoreFault): string {
  const what = { resultCode: '', reason: '', httpStatus: '', ms: '', ...fault };
  return `${[fault.do, what.resultCode, what.reason, what.httpStatus, what.ms].filter((part) => part !== '').join(' ')} x${fault.count}`;
}
