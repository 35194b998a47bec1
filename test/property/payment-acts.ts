import type { Answer } from '../support/mpp.js';
import { CORE_TIMEOUT_MS } from './core-line.js';
import { expectAnswer, matchesAnswer } from './expected-answers.js';
import type { Model } from './model.js';
import { confirmedByWrongClock } from './model-rules.js';
import { type ConfirmBody, type Expected, inTenge, isWaiting, type ModelPayment } from './model-types.js';
import type { Run } from './run.js';
import { ANY, isPayable, picked, type Step, stepOn } from './step.js';

/** An action of a customer, or of a server: the last two. Two may happen at the same moment. */
export interface Act {
  readonly does: 'confirm' | 'cancel' | 'deliver' | 'expire';
  /** The entered amount: for Static payments; with `wrongly` for any payment. */
  readonly amount: string | null;
  readonly wrongly: boolean;
  readonly expects: 'nothing' | 'right' | 'wrong';
}

/** On a payment that can be confirmed or cancelled, or on any. */
export function one(act: Act, pick: number, anyone: boolean, at: number): Step {
  const kind = anyone ? ANY : act.does === 'cancel' ? isWaiting : isPayable;
  const words = `${inWords(act)} ${which(pick, anyone)} at ${at}`;
  return stepOn(pick, kind, words, (run, payment) => perform(run, act, payment, at));
}

/** Confirms with the right amount. */
export function confirmRightly(run: Run, payment: ModelPayment, at: number): Promise<void> {
  return perform(run, { does: 'confirm', amount: '40.00', wrongly: false, expects: 'right' }, payment, at);
}

export async function perform(run: Run, act: Act, payment: ModelPayment, at: number): Promise<void> {
  const performed = await performAct(run, { act, of: payment, at, body: bodyOf(act, payment) });
  run.logAnswer(`${act.does} #${payment.number}`, performed.answer);
  expectAnswer(performed.answer, expected(run, run.model, performed));
}

export type Other = 'the same' | 'the other customer’s of the purchase' | number;

/** Two actions at the same moment, one at each server. The model tries both orders. */
export function together(acts: readonly [Act, Act], pick: number, anyone: boolean, other: Other): Step {
  const second = typeof other === 'number' ? which(other, true) : other;
  const words = `at the same moment ${inWords(acts[0])} ${which(pick, anyone)} at 0, and ${inWords(acts[1])} ${second} at 1`;
  return stepOn(pick, anyone ? ANY : isPayable, words, async (run, payment) => {
    const both = [payment, otherOf(run.model, payment, other)].map((of, at) => {
      const act = acts[at === 0 ? 0 : 1];
      return { act, of, at, body: bodyOf(act, of) };
    });
    const performed = await Promise.all(both.map((one) => performAct(run, one)));
    for (const { act, of, answer } of performed) run.logAnswer(`${act.does} #${of.number}`, answer);
    const codes = await run.notifyCodesOf(performed.map(({ of }) => of.id));
    for (const order of [performed, performed.toReversed()]) {
      for (const debitsUpdated of [false, true]) {
        const model = run.model.copy();
        const fits: boolean[] = [];
        for (const one of order) {
          fits.push(matchesAnswer(one.answer, expected(run, model, one), true));
          if (debitsUpdated) await run.updateDebits(model);
        }
        if (fits.includes(false) || codes.some(({ id, notified }) => !canBeNotified(model.get(id), notified))) continue;
        run.model.become(model);
        return;
      }
    }
    throw new Error('the answers fit neither order');
  });
}

/** The notify for a debit at a bank's core follows from the core's answer, which may have arrived already. */
function canBeNotified({ status, notified }: ModelPayment, is: string | null): boolean {
  return is === notified || (status === 'DEBITING' && is !== 'CANCELLED_BY_CLIENT');
}

function otherOf(model: Model, payment: ModelPayment, other: Other): ModelPayment {
  if (other === 'the same') return payment;
  if (typeof other === 'number') return picked(model.payments, other);
  return model.ofPurchase(payment.purchase, 1 - payment.customer) ?? payment;
}

interface PlannedAct {
  readonly act: Act;
  readonly of: ModelPayment;
  readonly at: number;
  readonly body: ConfirmBody;
}

interface PerformedAct extends PlannedAct {
  readonly answer: Answer<unknown>;
  /** The core did not answer which accounts the customer has, or its answer came after the timeout. */
  readonly accountsUnknown: boolean;
}

async function performAct(run: Run, planned: PlannedAct): Promise<PerformedAct> {
  const { coreLine } = run.system;
  const [from, started] = [coreLine.calls.length, performance.now()];
  const answer = await callServer(run, planned);
  const accountsUnanswered =
    coreLine.accountsUnanswered(run.nameOf(planned.of.customer), from) || performance.now() - started > CORE_TIMEOUT_MS;
  const isUnavailable = (answer.body as { code?: string }).code === 'CORE_UNAVAILABLE';
  return { ...planned, answer, accountsUnknown: accountsUnanswered && isUnavailable };
}

async function callServer(run: Run, { act, of: { id, customer }, body, at }: PlannedAct): Promise<Answer<unknown>> {
  const caller = await run.as(customer, at);
  switch (act.does) {
    case 'confirm':
      return caller.confirm(id, body);
    case 'cancel':
      return caller.cancel(id);
    case 'deliver':
      await run.drain(at);
      return DONE;
    case 'expire':
      await run.expireDue(at);
      return DONE;
  }
}

const DONE: Answer<unknown> = { status: 204, headers: new Headers(), body: {} };

function expected(run: Run, model: Model, { act, of: { id }, at, body, accountsUnknown }: PerformedAct): Expected {
  const now = run.clocks.nowAt(at);
  switch (act.does) {
    case 'confirm':
      return run.clocks.isRight(at)
        ? model.confirm(id, body, now, accountsUnknown)
        : confirmedByWrongClock(model, id, body, now, accountsUnknown);
    case 'cancel':
      return model.cancel(id);
    case 'deliver':
      return { http: DONE.status };
    case 'expire':
      if (run.clocks.isRight(at)) model.expireDue(now);
      return { http: DONE.status };
  }
}

function bodyOf({ amount: entered, wrongly, expects }: Act, { type, amount }: ModelPayment): ConfirmBody {
  const sends = entered !== null && (type === 'Static' || wrongly);
  const right = type === 'Static' ? entered : amount === null ? null : inTenge(amount);
  return {
    ...(sends && { amount: entered }),
    ...(expects === 'right' && right !== null && { expectedAmount: right }),
    ...(expects === 'wrong' && { expectedAmount: '99.99' }),
  };
}

function inWords({ does, amount, wrongly, expects }: Act): string {
  if (does === 'deliver') return 'the delivery of messages for';
  if (does === 'expire') return 'the expiry of overdue payments for';
  if (does === 'cancel') return does;
  return `confirm (${amount ?? 'no amount'}${wrongly ? ' for any type' : ''}, expecting ${expects})`;
}

export function which(pick: number, anyone: boolean): string {
  return `payment ${pick} from the newest${anyone ? ' of all' : ''}`;
}
