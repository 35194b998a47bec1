import type { CoreFault, FaultPlan } from '../../apps/kaspi-simulator/start.js';
import type { Held } from './forwarding.js';
import type { ModelPayment } from './model-types.js';
import { confirmRightly, perform, which } from './payment-acts.js';
import { isPaidAtPs, psRefunds } from './refund-steps.js';
import type { Run } from './run.js';
import { scanAndConfirm } from './scan-steps.js';
import { inWords, isPayable, type Kind, type Step, step, stepOn } from './step.js';

/** Longer than a lease of a call to the core: two timeouts and the time to settle. */
const LEASE_IS_OVER_MS = 6000;

export type CoreQuery = 'coreAccounts' | 'coreOutcome';
export type CoreOrder = 'coreDebit' | 'coreCredit' | 'coreReversal';

const isDebiting: Kind = ({ status }) => status === 'DEBITING';
const isReversing: Kind = ({ status }) => status === 'REVERSING';
/** The payment cannot be cancelled, and no other customer can pay the purchase. */
const isUnderWay: Kind = (payment) => isDebiting(payment) || isReversing(payment);
const isDone: Kind = ({ status }) => status === 'CONFIRMED';

export function failCore(method: CoreQuery | CoreOrder, faults: readonly CoreFault[]): Step {
  const words = `${method} shall ${faults.map(inWords).join(', then ')}`;
  const plan = { [method]: faults } as FaultPlan;
  return step(words, async (run) => run.system.simulator.faults.set(plan), { quiet: true });
}

/** The customer confirms or cancels a payment whose debit or reversal is under way at the core. */
export function confirmOrCancelUnderWay(pick: number, does: 'confirm' | 'cancel', at: number): Step {
  const act = { does, amount: '40.00', wrongly: false, expects: 'nothing' } as const;
  const words = `${does} ${which(pick, false)} which is under way at the core, at ${at}`;
  return stepOn(pick, isUnderWay, words, (run, payment) => perform(run, act, payment, at));
}

/** The other customer confirms the purchase of a payment that is under way at the core (R33). */
export function otherCustomerPays(pick: number, at: number): Step {
  const words = `the other customer scans and confirms ${which(pick, false)} which is under way at the core, at ${at}`;
  return stepOn(pick, isUnderWay, words, async (run, { purchase, customer }) => {
    const qrCode = run.system.line.purchaseAtPs(purchase)?.qrCode;
    if (qrCode !== undefined) await scanAndConfirm(run, 1 - customer, qrCode, at);
  });
}

/** The core does not answer a debit by its deadline (R16); afterwards the server requests the outcome. */
export function debitTooLate(pick: number, fault: CoreFault, outcome: CoreFault | null, at: number): Step {
  const then = outcome === null ? '' : `, and coreOutcome ${inWords(outcome)}`;
  const words = `confirm ${which(pick, false)} at ${at}, where coreDebit shall ${inWords(fault)}${then}; its deadline passes, and messages are delivered at ${1 - at}`;
  return stepOn(pick, isPayable, words, async (run, payment) => {
    const plan = { coreDebit: [fault], coreOutcome: outcome === null ? [] : [outcome] } as FaultPlan;
    run.system.simulator.faults.set(plan);
    await confirmRightly(run, payment, at);
    await run.idle();
    await run.updateModel();
    run.system.clock.advance(Math.max(0, payment.deadline + 1 - run.now));
    await run.drain(1 - at);
  });
}

/** The PS refuses a debited payment (R11), and a reversal is requested at the core. */
export function refusedByPs(pick: number, resultCode: string, reversal: CoreFault | null, at: number): Step {
  const then = reversal === null ? '' : `, and coreReversal ${inWords(reversal)}`;
  const words = `confirm ${which(pick, false)} at ${at}, where notifyPayment shall refuse ${resultCode}${then}`;
  return stepOn(pick, isPayable, words, async (run, payment) => {
    run.system.simulator.faults.set({
      notifyPayment: [{ do: 'refuse', resultCode, count: 1 }],
      ...(reversal !== null && { coreReversal: [reversal] }),
    });
    await confirmRightly(run, payment, at);
  });
}

export interface CoreDelay {
  readonly method: 'debit' | 'reversal' | 'credit';
  /** Before the core receives the call, or with its answer. */
  readonly where: 'request' | 'answer';
  /** By the servers' clock: within the lease, longer than the lease, or until the debit's deadline has passed. */
  readonly howLong: 'shortly' | 'past its lease' | 'past its deadline';
  readonly meanwhile: 'nothing' | 'deliver' | 'close';
}

/** A call to the core is delayed; meanwhile the other server may deliver messages, or the account is closed. */
export function delayCoreCall(pick: number, delay: CoreDelay, at: number): Step {
  const { method, where, howLong, meanwhile } = delay;
  const kind = { debit: isPayable, reversal: isReversing, credit: isDone }[method];
  const words = `the ${where} of a ${method} of ${which(pick, false)} is delayed ${howLong} at ${at}; meanwhile: ${meanwhile}`;
  return stepOn(pick, kind, words, async (run, payment) => {
    if (method === 'credit' && !isPaidAtPs(run, payment)) return;
    const { coreLine, clock } = run.system;
    clock.advance(LEASE_IS_OVER_MS);
    const about = method === 'credit' ? (payment.account ?? '') : payment.id;
    const held = coreLine.delayCall(method, about, where);
    try {
      const { sent, key } = await begin(run, payment, method, at);
      const hasArrived = await Promise.race([held.arrived.then(() => true), sent.then(() => false)]);
      await run.idle(key);
      pass(run, payment, howLong);
      await interfere(run, payment, meanwhile, key, 1 - at);
      held.release();
      await isOver(run, held, hasArrived, sent);
    } finally {
      held.release();
    }
  });
}

/** The server may have given up waiting; the call reaches the core nevertheless. */
async function isOver(run: Run, held: Held, hasArrived: boolean, sent: Promise<void>): Promise<void> {
  if (hasArrived) await held.over;
  await sent;
  await run.idle();
}

/** Starts the call. Returns its end and the key of its message. */
async function begin(run: Run, payment: ModelPayment, method: CoreDelay['method'], at: number) {
  switch (method) {
    case 'debit':
      await confirmRightly(run, payment, at);
      return { sent: run.idle(), key: payment.id };
    case 'reversal':
      return { sent: run.drain(at, payment.id).then(() => run.idle()), key: payment.id };
    case 'credit':
      await psRefunds(run, payment, 'half', at);
      return { sent: run.idle(), key: await newestRefund(run, payment) };
  }
}

async function newestRefund({ system }: Run, { id }: ModelPayment): Promise<string> {
  const [row] = await system.database.query<{ id: string }>(
    'select id from refunds where payment_id = $1 order by created_at desc, id desc limit 1',
    [id],
  );
  return row?.id ?? id;
}

function pass(run: Run, { deadline }: ModelPayment, howLong: CoreDelay['howLong']): void {
  const { clock } = run.system;
  if (howLong !== 'shortly') clock.advance(LEASE_IS_OVER_MS);
  if (howLong === 'past its deadline') clock.advance(Math.max(0, deadline + 1 - run.now));
}

async function interfere(
  run: Run,
  { account }: ModelPayment,
  meanwhile: CoreDelay['meanwhile'],
  key: string,
  at: number,
): Promise<void> {
  if (meanwhile === 'deliver') await run.drain(at, key);
  const theirs = run.model.accounts.find(({ id }) => id === account);
  if (meanwhile === 'close' && theirs !== undefined) await run.accounts.change(theirs, 'CLOSED');
}
