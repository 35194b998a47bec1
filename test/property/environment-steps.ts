import { setTimeout as pause } from 'node:timers/promises';
import type { Fault } from '../../apps/kaspi-simulator/start.js';
import { expectAnswer } from './expected-answers.js';
import { applyReversal, IN_DOUBT_AFTER_MS } from './model-rules.js';
import { isWaiting, type ModelAccount, type ModelPayment, type Resolution } from './model-types.js';
import { confirmRightly, which } from './payment-acts.js';
import { isPaidAtPs, psRefunds, redirectionOf, redirectTo } from './refund-steps.js';
import type { Run } from './run.js';
import { ANY, inWords, isPayable, type Kind, type Step, step, stepOn } from './step.js';

const MINUTE = 60_000;
/** More than KASPI_TIMEOUT_MS and the time to settle: a lease is over and a retry is due. */
const LEASE_IS_OVER_MS = 6000;
/** More than that and DATABASE_TIMEOUT_MS: an attempt that has not ended by then counts as lost. */
const LONG_AGO_MS = 60_000;
/** Enough for a wrong answer to arrive; no check depends on the length. */
const A_WHILE_MS = 40;

const isInDoubt: Kind = ({ status }) => status === 'IN_DOUBT';
const isUndelivered: Kind = ({ notified, delivered }) => notified === 'SUCCESS' && !delivered;

export function deliver(at: number): Step {
  return step(`messages are delivered at ${at}`, (run) => run.drain(at));
}

export function deliverAtBoth(): Step {
  return step('messages are delivered at both', async (run) => {
    await Promise.all([run.drain(0), run.drain(1)]);
  });
}

export function wait(minutes: number): Step {
  return step(`${minutes} minutes pass`, async (run) => run.system.clock.advance(minutes * MINUTE), { quiet: true });
}

/** Long enough for a payment to become IN_DOUBT (R12). */
export function waitLong(minutes: number, at: number): Step {
  return step(`${minutes} minutes pass, and messages are delivered at ${at}`, async (run) => {
    run.system.clock.advance(minutes * MINUTE);
    await run.drain(at);
  });
}

/** Until the last moment for a confirm, or 1 ms longer (R16). */
export function waitForLastMoment(pick: number, past: boolean, expiring: boolean, at: number): Step {
  const then = expiring ? `, and overdue payments expire at ${at}` : '';
  const words = `time passes until ${past ? '1 ms after ' : ''}the last moment of ${which(pick, false)} that waits${then}`;
  return stepOn(pick, isWaiting, words, async (run, { lastMoment }) => {
    run.system.clock.advance(Math.max(0, lastMoment + (past ? 1 : 0) - run.now));
    if (expiring) await expireNow(run, at);
  });
}

export function expire(at: number): Step {
  return step(`overdue payments expire at ${at}`, (run) => expireNow(run, at));
}

async function expireNow(run: Run, at: number): Promise<void> {
  await run.expireDue(at);
  if (run.clocks.isRight(at)) run.model.expireDue(run.now);
}

export function fail(method: 'scan' | 'checkout' | 'notifyPayment', faults: readonly Fault[]): Step {
  const words = `${method} shall ${faults.map(inWords).join(', then ')}`;
  return step(words, async (run) => run.system.simulator.faults.set({ [method]: faults }), { quiet: true });
}

export function repairPs(): Step {
  return step('the PS answers normally again', async (run) => run.system.simulator.faults.clear(), { quiet: true });
}

export function cut(steps: number): Step {
  return step(`the connection to the PS is cut for ${steps} steps`, (run) => run.cutLine(steps), { quiet: true });
}

/** The PS refuses a debited payment when its account, or all accounts of the customer, are closed (R41). */
export function refusedWhileClosed(pick: number, resultCode: string, all: boolean, at: number): Step {
  const closed = all ? 'all accounts of the customer are' : 'the account that it was paid from is';
  const words = `confirm ${which(pick, false)} at ${at}; ${closed} closed, and notifyPayment shall refuse ${resultCode} at ${1 - at}`;
  return stepOn(pick, isPayable, words, async (run, { id, customer }) => {
    const faults = [{ do: 'reset', count: 1 } as const, { do: 'refuse', resultCode, count: 1 } as const];
    run.system.simulator.faults.set({ notifyPayment: faults });
    await confirmRightly(run, run.model.get(id), at);
    await run.idle();
    await run.updateModel();
    for (const account of run.model.accountsOf(customer)) {
      if (all || account.id === run.model.get(id).account) await run.accounts.change(account, 'CLOSED');
    }
    run.system.clock.advance(LEASE_IS_OVER_MS);
    await run.drain(1 - at);
  });
}

/** An operator redirects a reversal to this account of the customer. `opened`: the account is opened first. */
export function redirectReversal(pick: number, anyone: boolean, account: number, opened: boolean, at: number): Step {
  const kind: Kind = ({ status }) => anyone || status === 'REVERSING';
  const words = `an operator redirects the reversal of ${which(pick, anyone)} to account ${account}${opened ? ', which is opened,' : ''} at ${at}`;
  return stepOn(pick, kind, words, async (run, payment) => {
    const target = run.model.accountsOf(payment.customer)[account];
    if (target === undefined) return;
    if (opened) await run.accounts.change(target, 'OPEN');
    const { status } = payment;
    const redirection = await redirectTo(run, `payments/${payment.id}`, payment, target, at);
    run.logAnswer(`redirect the reversal, ${status}`, redirection.answer);
    expectAnswer(redirection.answer, redirectionOf(status !== 'REVERSING', target, redirection));
    if (redirection.answer.status !== 200 || run.model.core !== 'own ledger') return;
    applyReversal(payment, target.id);
  });
}

/** The PS does not answer the notifies of a payment for too long (R12). */
export function confirmIntoDoubt(pick: number, silence: Fault, at: number): Step {
  const fault = { ...silence, count: 2 };
  const words = `confirm ${which(pick, false)} at ${at}, where notifyPayment shall ${inWords(fault)}; 15 minutes pass, and messages are delivered at ${1 - at}`;
  return stepOn(pick, isPayable, words, async (run, payment) => {
    run.system.simulator.faults.set({ notifyPayment: [fault] });
    await confirmRightly(run, payment, at);
    await run.idle();
    await run.updateModel();
    run.system.clock.advance(IN_DOUBT_AFTER_MS);
    await run.drain(1 - at);
  });
}

/** An operator resolves a payment in doubt as the PS has it, or wrongly. */
export function resolve(pick: number, wrongly: boolean, anyone: boolean, at: number): Step {
  const words = `an operator resolves ${which(pick, anyone)} in doubt ${wrongly ? 'wrongly' : 'rightly'} at ${at}`;
  return stepOn(pick, anyone ? ANY : isInDoubt, words, async (run, payment) => {
    const isPaidAtPs = run.system.line.purchaseAtPs(payment.purchase)?.status === 'CONFIRMED';
    if (isInDoubt(payment)) run.count(`resolved by an operator, ${wrongly ? 'wrongly' : 'rightly'}`);
    await resolveAs(run, payment, isPaidAtPs === wrongly ? 'REVERSED' : 'CONFIRMED', at);
  });
}

async function resolveAs(run: Run, { id, number }: ModelPayment, outcome: Resolution, at: number): Promise<void> {
  const answer = await run.mpp(run.clocks.ready(at)).resolve(id, outcome);
  run.logAnswer(`resolve #${number} as ${outcome}`, answer);
  expectAnswer(answer, run.model.resolve(id, outcome));
}

export function notifyAgain(pick: number, at: number): Step {
  const words = `an operator repeats the notify of ${which(pick, false)} at ${at}`;
  return stepOn(
    pick,
    ({ notified }) => notified !== null,
    words,
    async (run, { id, number }) => {
      const mpp = run.mpp(run.clocks.ready(at));
      const token = await mpp.teamToken('operations');
      const path = `/ops/v1/outbox?key=${id}&topic=notifyPayment`;
      const { body } = await mpp.call<{ items: { id: string }[] }>('GET', path, { token });
      const answer = await mpp.call('POST', `/ops/v1/outbox/${body.items[0]?.id}/retry`, { token });
      run.logAnswer(`repeat the notify of #${number}`, answer);
      expectAnswer(answer, run.model.notifyAgain(id));
    },
  );
}

export function deposit(who: number, which: number, amount: string, toBoth: boolean): Step {
  const words = `${amount} are deposited to account ${which} of ${who === 0 ? 'A' : 'B'}${toBoth ? ', sent to both servers' : ''}`;
  return step(words, async (run) => {
    const account = run.model.accountsOf(who)[which];
    if (account !== undefined) await run.accounts.deposit(account, amount, toBoth);
  });
}

/** The bank closes, blocks or opens an account. */
export function changeAccount(who: number, which: number, status: ModelAccount['status']): Step {
  const words = `account ${which} of ${who === 0 ? 'A' : 'B'} is ${status} from now on`;
  return step(words, async (run) => {
    const account = run.model.accountsOf(who)[which];
    if (account !== undefined) await run.accounts.change(account, status);
  });
}

export interface Delay {
  /** Before the PS receives the notify, or with its answer. */
  readonly where: 'request' | 'answer';
  /** By the servers' clock: within the lease, longer than the lease, or until the attempt counts as lost. */
  readonly howLong: 'shortly' | 'past its lease' | 'very long';
  readonly meanwhile: 'nothing' | 'deliver' | 'refund' | Resolution;
  /** The PS's fault for what is delivered meanwhile. */
  readonly fault: Fault | null;
}

/** A notify is delayed, and meanwhile something else may settle its payment (R36). */
export function delayCall(pick: number, delay: Delay, at: number): Step {
  const { where, howLong, meanwhile, fault } = delay;
  const settling = meanwhile === 'CONFIRMED' || meanwhile === 'REVERSED';
  const kind: Kind = settling ? (p) => isUndelivered(p) && isInDoubt(p) : (p) => isUndelivered(p) || isPayable(p);
  const does =
    meanwhile === 'deliver' && fault !== null ? `deliver, and notifyPayment shall ${inWords(fault)}` : meanwhile;
  const words = `the ${where} of a notify of ${which(pick, false)} is delayed ${howLong} at ${at}; meanwhile: ${does}`;
  return stepOn(pick, kind, words, async (run, payment) => {
    const { line, clock } = run.system;
    clock.advance(LEASE_IS_OVER_MS);
    const held = line.holdNotify(payment.id, where);
    try {
      const isFirst = isPayable(payment);
      if (isFirst) await confirmRightly(run, payment, at);
      const sent = isFirst ? run.idle() : run.drain(at, payment.id).then(() => run.idle());
      await Promise.race([held.arrived, sent]);
      await run.idle(payment.id);
      await run.updateModel();
      clock.advance({ shortly: 0, 'past its lease': LEASE_IS_OVER_MS, 'very long': LONG_AGO_MS }[howLong]);
      const settled = await interfere(run, payment, delay, 1 - at);
      held.release();
      await sent;
      await run.idle();
      await run.updateModel();
      await settled?.();
    } finally {
      held.release();
    }
  });
}

/** Returns checks that are possible only after the held notify has ended. */
async function interfere(run: Run, payment: ModelPayment, { meanwhile, fault, howLong }: Delay, at: number) {
  if (meanwhile === 'nothing') return null;
  if (meanwhile === 'deliver') {
    if (fault !== null) run.system.simulator.faults.set({ notifyPayment: [fault] });
    await run.drain(at, payment.id);
    await run.updateModel();
    return null;
  }
  if (meanwhile === 'refund') {
    // The PS refunds only what is paid there.
    if (isPaidAtPs(run, payment)) await psRefunds(run, payment, 'half', at);
    return null;
  }
  run.count(`resolved as ${meanwhile} while a notify is delayed ${howLong}`);
  if (meanwhile === 'CONFIRMED' || howLong === 'very long' || !isInDoubt(payment)) {
    await resolveAs(run, payment, meanwhile, at);
    return null;
  }
  // A reversal waits for the notify that is under way.
  const answer = run.mpp(run.clocks.ready(at)).resolve(payment.id, meanwhile);
  await Promise.race([answer, pause(A_WHILE_MS)]);
  return async () => {
    run.logAnswer(`settle #${payment.number} as ${meanwhile}`, await answer);
    expectAnswer(await answer, run.model.resolve(payment.id, meanwhile));
  };
}
