import { setTimeout as pause } from 'node:timers/promises';
import type { Fault } from '../../apps/kaspi-simulator/start.js';
import { confirmRightly, which } from './customer-steps.js';
import { IN_DOUBT_AFTER_MS } from './heard.js';
import { isWaiting, type KnownAccount, type KnownPayment, type Resolution } from './known.js';
import { isTrue, psRefunds } from './refund-steps.js';
import type { Run } from './run.js';
import { ANY, inWords, isPayable, type Kind, type Step, step, stepOn } from './step.js';

const MINUTE = 60_000;
/** More than KASPI_TIMEOUT_MS and the time to settle: a claim is over, and a repeat is due. */
const CLAIM_IS_OVER_MS = 6000;
/** More than that and DATABASE_TIMEOUT_MS: an attempt without an end has none any more, as it seems. */
const LONG_AGO_MS = 60_000;
/** Time enough for a mistake to show; nothing depends on how long it is. */
const A_WHILE_MS = 40;

const isInDoubt: Kind = ({ status }) => status === 'IN_DOUBT';
const isUndelivered: Kind = ({ told, delivered }) => told === 'SUCCESS' && !delivered;

export function deliver(at: number): Step {
  return step(`messages are delivered at ${at}`, (run) => run.drain(at));
}

export function deliverAtBoth(): Step {
  return step('messages are delivered at both', async (run) => {
    await Promise.all([run.drain(0), run.drain(1)]);
  });
}

export function wait(minutes: number): Step {
  return step(`${minutes} minutes pass`, async (run) => run.world.clock.advance(minutes * MINUTE), { quiet: true });
}

/** Long enough for doubt (R12). */
export function waitLong(minutes: number, at: number): Step {
  return step(`${minutes} minutes pass, and messages are delivered at ${at}`, async (run) => {
    run.world.clock.advance(minutes * MINUTE);
    await run.drain(at);
  });
}

/** Right up to the last moment for a confirm, or just past it (R16). */
export function waitForLastMoment(pick: number, past: boolean, expiring: boolean, at: number): Step {
  const then = expiring ? `, and what is overdue expires at ${at}` : '';
  const words = `time passes until ${past ? '1 ms after ' : ''}the last moment of ${which(pick, false)} that waits${then}`;
  return stepOn(pick, isWaiting, words, async (run, { lastMoment }) => {
    run.world.clock.advance(Math.max(0, lastMoment + (past ? 1 : 0) - run.now));
    if (!expiring) return;
    await run.expireDue(at);
    run.books.expireDue(run.now);
  });
}

export function expire(at: number): Step {
  return step(`what is overdue expires at ${at}`, async (run) => {
    await run.expireDue(at);
    run.books.expireDue(run.now);
  });
}

export function fail(method: 'scan' | 'checkout' | 'notifyPayment', faults: readonly Fault[]): Step {
  const words = `${method} shall ${faults.map(inWords).join(', then ')}`;
  return step(words, async (run) => run.world.simulator.faults.set({ [method]: faults }), { quiet: true });
}

export function wellAgain(): Step {
  return step('the PS is well again', async (run) => run.world.simulator.faults.clear(), { quiet: true });
}

export function cut(steps: number): Step {
  return step(`the line is cut for ${steps} steps`, (run) => run.cutLine(steps), { quiet: true });
}

/** The PS is silent on a payment from its debit on, for too long (R12). */
export function fallIntoDoubt(pick: number, silence: Fault, at: number): Step {
  const fault = { ...silence, count: 2 };
  const words = `confirm ${which(pick, false)} at ${at}, where notifyPayment shall ${inWords(fault)}; 15 minutes pass, and messages are delivered at ${1 - at}`;
  return stepOn(pick, isPayable, words, async (run, payment) => {
    run.world.simulator.faults.set({ notifyPayment: [fault] });
    await confirmRightly(run, payment, at);
    await run.idle();
    await run.absorb();
    run.world.clock.advance(IN_DOUBT_AFTER_MS);
    await run.drain(1 - at);
  });
}

/** An operator asked Kaspi and settles it so, or gets it wrong. */
export function resolve(pick: number, wrongly: boolean, anyone: boolean, at: number): Step {
  const words = `an operator settles ${which(pick, anyone)} in doubt ${wrongly ? 'wrongly' : 'rightly'} at ${at}`;
  return stepOn(pick, anyone ? ANY : isInDoubt, words, async (run, payment) => {
    const isTrue = run.world.line.truth(payment.purchase)?.status === 'CONFIRMED';
    if (isInDoubt(payment)) run.count(`settled by an operator, ${wrongly ? 'wrongly' : 'rightly'}`);
    await settles(run, payment, isTrue === wrongly ? 'REVERSED' : 'CONFIRMED', at);
  });
}

async function settles(run: Run, { id, number }: KnownPayment, outcome: Resolution, at: number): Promise<void> {
  const answer = await run.mpp(at).resolve(id, outcome);
  run.tell(`settle #${number} as ${outcome}`, answer);
  run.check(answer, run.books.resolve(id, outcome));
}

export function tellAgain(pick: number, at: number): Step {
  const words = `an operator has ${which(pick, false)} told again at ${at}`;
  return stepOn(
    pick,
    ({ told }) => told !== null,
    words,
    async (run, { id, number }) => {
      const mpp = run.mpp(at);
      const token = await mpp.teamToken('operations');
      const path = `/ops/v1/outbox?key=${id}&topic=notifyPayment`;
      const { body } = await mpp.call<{ items: { id: string }[] }>('GET', path, { token });
      const answer = await mpp.call('POST', `/ops/v1/outbox/${body.items[0]?.id}/retry`, { token });
      run.tell(`tell #${number} again`, answer);
      run.check(answer, run.books.tellAgain(id));
    },
  );
}

export function deposit(who: number, which: number, amount: string, toBoth: boolean): Step {
  const words = `${amount} are paid in for ${who === 0 ? 'A' : 'B'}, account ${which}${toBoth ? ', told to both servers' : ''}`;
  return step(words, async (run) => {
    const account = run.books.accountsOf(who)[which];
    if (account !== undefined) await run.accounts.deposit(account, amount, toBoth);
  });
}

/** Whoever keeps the accounts closes or blocks one, or opens it again. */
export function changeAccount(who: number, which: number, status: KnownAccount['status']): Step {
  const words = `account ${which} of ${who === 0 ? 'A' : 'B'} is ${status} from now on`;
  return step(words, async (run) => {
    const account = run.books.accountsOf(who)[which];
    if (account !== undefined) await run.accounts.change(account, status);
  });
}

export interface Delay {
  /** Before the PS sees the notify, or with its answer. */
  readonly where: 'request' | 'answer';
  /** How long, by the servers' clock: within its claim, past it, or until nobody waits for its end any more. */
  readonly howLong: 'shortly' | 'past its claim' | 'very long';
  readonly meanwhile: 'nothing' | 'deliver' | 'refund' | Resolution;
  /** What the PS says meanwhile, where something is delivered. */
  readonly fault: Fault | null;
}

/** A notify is held up on its way, and meanwhile something else may settle its payment (R36). */
export function holdUp(pick: number, delay: Delay, at: number): Step {
  const { where, howLong, meanwhile, fault } = delay;
  const settling = meanwhile === 'CONFIRMED' || meanwhile === 'REVERSED';
  const kind: Kind = settling ? (p) => isUndelivered(p) && isInDoubt(p) : (p) => isUndelivered(p) || isPayable(p);
  const does =
    meanwhile === 'deliver' && fault !== null ? `deliver, and notifyPayment shall ${inWords(fault)}` : meanwhile;
  const words = `the ${where} of a notify of ${which(pick, false)} is held up ${howLong} at ${at}; meanwhile: ${does}`;
  return stepOn(pick, kind, words, async (run, payment) => {
    const { line, clock } = run.world;
    clock.advance(CLAIM_IS_OVER_MS);
    const held = line.holdNotify(payment.id, where);
    try {
      const isFirst = isPayable(payment);
      if (isFirst) await confirmRightly(run, payment, at);
      const sent = isFirst ? run.idle() : run.drain(at, payment.id).then(() => run.idle());
      await Promise.race([held.arrived, sent]);
      await run.idle(payment.id);
      await run.absorb();
      clock.advance({ shortly: 0, 'past its claim': CLAIM_IS_OVER_MS, 'very long': LONG_AGO_MS }[howLong]);
      const settled = await interfere(run, payment, delay, 1 - at);
      held.release();
      await sent;
      await run.idle();
      await run.absorb();
      await settled?.();
    } finally {
      held.release();
    }
  });
}

/** Returns what is known only when the held notify has ended. */
async function interfere(run: Run, payment: KnownPayment, { meanwhile, fault, howLong }: Delay, at: number) {
  if (meanwhile === 'nothing') return null;
  if (meanwhile === 'deliver') {
    if (fault !== null) run.world.simulator.faults.set({ notifyPayment: [fault] });
    await run.drain(at, payment.id);
    await run.absorb();
    return null;
  }
  if (meanwhile === 'refund') {
    // Not of what the PS has not confirmed.
    if (isTrue(run, payment)) await psRefunds(run, payment, 'half', at);
    return null;
  }
  run.count(`settled as ${meanwhile} while a notify is held up ${howLong}`);
  if (meanwhile === 'CONFIRMED' || howLong === 'very long' || !isInDoubt(payment)) {
    await settles(run, payment, meanwhile, at);
    return null;
  }
  // A reversal waits for what is in the air.
  const answer = run.mpp(at).resolve(payment.id, meanwhile);
  await Promise.race([answer, pause(A_WHILE_MS)]);
  return async () => {
    run.tell(`settle #${payment.number} as ${meanwhile}`, await answer);
    run.check(await answer, run.books.resolve(payment.id, meanwhile));
  };
}
