import type fc from 'fast-check';
import type { CoreFault, Fault } from '../../apps/kaspi-simulator/start.js';
import type { Books } from './books.js';
import type { KnownPayment, KnownRefund } from './known.js';
import type { Run } from './run.js';

/** Something that happens, and is compared with the books afterwards. In a counterexample it says what it is in words. */
export type Step = fc.AsyncCommand<Books, Run>;

interface Rules {
  /** Where it does not, the step is left out. */
  readonly applies?: (books: Readonly<Books>) => boolean;
  /** It touches no server: there is nothing to compare. */
  readonly quiet?: boolean;
}

export function step(words: string, take: (run: Run) => Promise<void>, { applies, quiet }: Rules = {}): Step {
  return {
    check: (books) => applies?.(books) ?? true,
    run: async (_, run) => {
      run.begins(words);
      await take(run);
      if (quiet !== true) await run.settled();
      await run.stepped();
    },
    toString: () => words,
  };
}

export type Kind = (payment: KnownPayment) => boolean;

export const ANY: Kind = () => true;
export const isPayable: Kind = ({ status }) => status === 'AWAITING_AMOUNT' || status === 'AWAITING_CONFIRMATION';

/** Something that happens to a payment of this kind, counted from the newest; left out where there is none. */
export function stepOn(
  pick: number,
  kind: Kind,
  words: string,
  take: (run: Run, payment: KnownPayment) => Promise<void>,
): Step {
  const applies = ({ payments }: Readonly<Books>) => payments.some(kind);
  return step(words, (run) => take(run, picked(run.books.payments.filter(kind), pick)), { applies });
}

export function picked<Item>(items: readonly Item[], pick: number): Item {
  const item = items.at(-1 - (pick % Math.max(1, items.length)));
  if (item === undefined) throw new Error('there is nothing to pick from');
  return item;
}

/** Something that happens to a refund of this kind, counted from the newest; left out where there is none. */
export function stepOnRefund(
  pick: number,
  kind: (refund: KnownRefund) => boolean,
  words: string,
  take: (run: Run, refund: KnownRefund) => Promise<void>,
): Step {
  const applies = ({ refunds }: Readonly<Books>) => refunds.some(kind);
  return step(words, (run) => take(run, picked(run.books.refunds.filter(kind), pick)), { applies });
}

export function inWords(fault: Fault | CoreFault): string {
  const what = { resultCode: '', reason: '', httpStatus: '', ms: '', ...fault };
  return `${[fault.do, what.resultCode, what.reason, what.httpStatus, what.ms].filter((part) => part !== '').join(' ')} x${fault.count}`;
}
