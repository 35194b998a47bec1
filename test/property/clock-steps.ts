import { until } from '../support/until.js';
import { confirmRightly, which } from './payment-acts.js';
import type { Run } from './run.js';
import { isPayable, type Kind, type Step, step, stepOn } from './step.js';

const HOUR = 3_600_000;
/** More than KASPI_TIMEOUT_MS and the time to settle: a lease is over and a retry is due. */
const LEASE_IS_OVER_MS = 6000;

/** An attempt whose answer was not recorded counts as under way for KASPI_TIMEOUT_MS, DATABASE_TIMEOUT_MS and the time to settle (R36). */
const UNRECORDED_IS_OVER_MS = 40_000;

const isUndelivered: Kind = ({ notified, delivered }) => notified !== null && !delivered;

/** Until it is set right, the server refuses confirms and new refunds and does no background work (R42). */
export function setClock(at: number, hours: number): Step {
  const words = `the clock of ${at} jumps ${inWords(hours)}`;
  return step(words, async (run) => run.clocks.setWrong(at, hours * HOUR), { quiet: true });
}

export function setClocksRight(): Step {
  return step('the clocks of both servers are right', async (run) => run.clocks.setRight(), { quiet: true });
}

/** The PS's answer arrives by a wrong clock: the attempt counts as one without an answer. */
export function jumpDuringNotify(pick: number, hours: number, where: 'request' | 'answer', at: number): Step {
  const words = `the clock of ${at} jumps ${inWords(hours)} while the ${where} of a notify of ${which(pick, false)} is under way`;
  const kind: Kind = (payment) => isPayable(payment) || isUndelivered(payment);
  return stepOn(pick, kind, words, async (run, payment) => {
    const { line, clock } = run.system;
    run.clocks.setRight();
    clock.advance(LEASE_IS_OVER_MS);
    const held = line.holdNotify(payment.id, where);
    try {
      if (isPayable(payment)) await confirmRightly(run, payment, at);
      const sent = isUndelivered(payment) ? run.drain(at, payment.id) : run.idle();
      const isHeld = await Promise.race([held.arrived.then(() => true), sent.then(() => false)]);
      run.clocks.setWrong(at, hours * HOUR);
      held.release();
      if (isHeld) await noteLostAttempts(run);
      await sent;
      if (isHeld) clock.advance(UNRECORDED_IS_OVER_MS);
    } finally {
      held.release();
    }
  });
}

/** Other notifies may be under way, too. Whether an answer was recorded before the clock jumped only the server can know. */
async function noteLostAttempts(run: Run): Promise<void> {
  const leases = () => run.system.database.query('select 1 from outbox_messages where lease is not null');
  await until('the messages are given back', leases, (rows) => rows.length === 0);
  for (const { request_id, attempt, outcome } of await run.notifies(run.model.payments.map(({ id }) => id))) {
    const key = `${request_id} ${attempt}`;
    if (outcome !== null || run.clocks.lostAttempts.includes(key)) continue;
    run.clocks.lostAttempts.push(key);
    run.count('the answer to a notify is lost by a wrong clock');
  }
}

function inWords(hours: number): string {
  return `${Math.abs(hours)} hours ${hours < 0 ? 'back' : 'ahead'}`;
}
