import { expect } from '@jest/globals';
import fc from 'fast-check';
import type { FaultPlan } from '../../apps/kaspi-simulator/start.js';
import { PsRefunds } from '../support/ps-refunds.js';
import { inTenge, tiyn } from './model-types.js';
import type { Bought, Life, PaymentRow } from './restore-life.js';
import { RESULT_CODES } from './result-codes.js';

const MINUTE = 60_000;
const WAITING = 'AWAITING_CONFIRMATION';

/** One step of a life, before the backup, after it, or in the recovery; what cannot be done is left out. */
export interface LifeStep {
  take(life: Life): Promise<void>;
  toString(): string;
}

function step(words: string, take: (life: Life) => Promise<void>): LifeStep {
  return {
    take: async (life) => {
      life.log.push(words);
      await take(life);
      await life.idle();
    },
    toString: () => words,
  };
}

function stepOn(words: string, pick: number, take: (life: Life, payment: Bought) => Promise<void>): LifeStep {
  return step(`${words} payment ${pick} from the newest`, async (life) => {
    const payment = life.payments.at(-1 - (pick % Math.max(1, life.payments.length)));
    if (payment !== undefined) await take(life, payment);
  });
}

/** A customer scans a new QR code. `then`: and confirms. */
function buy(who: number, amount: string, seconds: number, then: boolean): LifeStep {
  const words = `${'AB'[who]} scans a new QR of ${amount} for ${seconds} s${then ? ' and confirms' : ''}`;
  return step(words, async (life) => {
    const bought = await life.scan(life.customers[who === 0 ? 0 : 1], await life.newQr(amount, seconds));
    if (bought !== null && then) await confirmNow(life, bought);
  });
}

/** The same customer, or the other one, scans the QR code of a payment; a forgotten payment gets another id. */
function scanAgain(pick: number, other: boolean, then: boolean): LifeStep {
  const words = `${other ? 'the other' : 'the same'} customer scans again${then ? ' and confirms' : ''}`;
  return stepOn(words, pick, async (life, { customer, qrCode }) => {
    const who = life.customers.find((one) => (one !== customer) === other) ?? customer;
    const bought = await life.scan(who, qrCode);
    if (bought !== null && then) await confirmNow(life, bought);
  });
}

/** In a recovery a payment from before is neither expired nor declined: the server asks for patience (R39). */
export async function confirmNow(life: Life, payment: Bought): Promise<void> {
  const before = await life.row(payment.id);
  const answer = await (await life.app(payment.customer)).confirm(payment.id);
  life.logAnswer('confirm', answer);
  if (before === undefined) return expect(answer.status).toBe(404);
  if (!life.inRecovery || !life.restored.has(payment.id) || before.status !== WAITING) return;
  const isLate = life.now > before.expires_at;
  const isRefused = answer.status === 503 && (answer.body as { code?: unknown }).code === 'RECOVERY';
  if (isLate) expect([answer.status, isRefused]).toEqual([503, true]);
  // A bank's core alone knows the balance.
  else if (life.world.core !== 'own ledger') expect(isRefused).toBe(false);
  else if (isRefused) expect(await life.balanceOf(payment.customer)).toBeLessThan(BigInt(before.amount));
}

function confirm(pick: number): LifeStep {
  return stepOn('confirm', pick, confirmNow);
}

function cancel(pick: number): LifeStep {
  return stepOn('cancel', pick, async (life, { id, customer }) => {
    const before = await life.row(id);
    const answer = await (await life.app(customer)).cancel(id);
    life.logAnswer('cancel', answer);
    if (before === undefined) return expect(answer.status).toBe(404);
    if (life.inRecovery && life.restored.has(id) && before.status === WAITING)
      expect(answer).toMatchObject({ status: 503, body: { code: 'RECOVERY' } });
  });
}

/** An operator resolves a payment in doubt as the PS has it. */
export async function resolveDoubt(life: Life): Promise<void> {
  for (const { id, status } of (await life.books()).payments) {
    const payment = life.payments.find((one) => one.id === id);
    if (status !== 'IN_DOUBT' || payment === undefined) continue;
    const outcome = life.world.isPaidAtPs(payment) ? 'CONFIRMED' : 'REVERSED';
    life.logAnswer(`resolve as ${outcome}`, await life.server.mpp.resolve(id, outcome));
    await life.idle();
  }
}

/** A shop refunds what is paid at the PS; the PS repeats its call until it is answered. */
function refund(pick: number, all: boolean): LifeStep {
  return stepOn(`a shop refunds ${all ? 'all' : 'half'} of`, pick, async (life, payment) => {
    const { simulator } = life.world;
    const atPs = life.world.purchase(payment.purchase);
    if (atPs?.status !== 'CONFIRMED' || atPs.customerId !== payment.customer) return;
    const left = tiyn(atPs.amount ?? '0') - tiyn(atPs.refundedAmount);
    if (left === 0n) return;
    void simulator.refund(payment.purchase, inTenge(all ? left : (left + 1n) / 2n));
    const isAnswered = () => simulator.refunds(payment.customer)[0]?.attempts !== 0;
    while (!isAnswered()) await new Promise((resolve) => setTimeout(resolve, 5));
    const { status, lastError } = simulator.refunds(payment.customer)[0] ?? {};
    life.log.push(`    refund: ${status} ${lastError ?? ''}`);
  });
}

/** The PS repeats a refund, also one whose answer it has: the books may have forgotten it. */
function repeatRefund(pick: number): LifeStep {
  return step(`the PS repeats refund ${pick} from the newest`, async (life) => {
    const refunds = life.refundsAtPs();
    const one = refunds[pick % Math.max(1, refunds.length)];
    if (one === undefined) return;
    const { refundId, paymentId, customerId, amount } = one;
    const books = await life.books();
    const debited = books.payments.find(
      (row) => row.kaspi_payment_id === paymentId && row.customer_id === customerId && row.debited_at !== null,
    );
    const known = books.refunds.some((row) => row.refund_id === refundId);
    const url = `${life.server.kaspiUrl}/refund`;
    const reply = await new PsRefunds(url).refund({ refundId, paymentId, customerId, refundAmount: amount });
    life.log.push(`    refund ${refundId}: ${reply.status} ${reply.result?.resultCode ?? ''}`);
    if (life.inRecovery && !known) expect(reply.status).toBe(debited === undefined ? 503 : 200);
  });
}

/** The PS refuses the purchase of a payment from now on, unless it has decided. */
function refuse(pick: number, code: string): LifeStep {
  return stepOn(`the PS refuses as ${code}`, pick, async ({ world }, { purchase }) => {
    const status = world.purchase(purchase)?.status;
    if (status !== 'CONFIRMED' && status !== 'CLOSED') world.refused.set(purchase, code);
  });
}

function fail(plan: FaultPlan): LifeStep {
  return step(`faults: ${JSON.stringify(plan)}`, async (life) => life.world.simulator.faults.set(plan));
}

/** The bank blocks the customer's first account at its core, or opens it again. */
function changeAccount(who: number, status: 'OPEN' | 'BLOCKED'): LifeStep {
  return step(`the first account of ${'AB'[who]} is ${status}`, async ({ world, customers }) => {
    if (world.core === 'own ledger') return;
    const account = world.simulator.core.accounts(customers[who === 0 ? 0 : 1])[0];
    if (account !== undefined) world.simulator.core.changeAccount(account.id, { status });
  });
}

function wait(minutes: number): LifeStep {
  return step(`${minutes} minutes pass, and messages are delivered`, async (life) => {
    life.world.clock.advance(minutes * MINUTE);
    await life.deliver();
  });
}

const EXPIRE = step('overdue payments expire', async (life) => {
  const count = await life.expireDue();
  if (life.inRecovery) expect(count).toBe(0);
});

const RESOLVE = step('operators resolve what is in doubt', resolveDoubt);

/** Whatever waits in a recovery stays as it is, unless its customer confirms it. */
export async function nothingIsClosed(life: Life, before: readonly PaymentRow[]): Promise<void> {
  if (!life.inRecovery) return;
  for (const { id, status } of before) {
    if (!life.restored.has(id) || status !== WAITING) continue;
    const now = (await life.row(id))?.status;
    const forbidden = ['EXPIRED', 'CANCELLED', ...(life.world.core === 'own ledger' ? ['DECLINED'] : [])];
    expect(forbidden).not.toContain(now);
  }
}

const pick = fc.nat(3);
const who = fc.nat(1);
const silence = fc.constantFrom('lose' as const, 'lose' as const, 'reset' as const, 'garbage' as const);
const count = fc.integer({ min: 1, max: 3 });
const failing = (method: keyof FaultPlan) =>
  fc.tuple(silence, count).map(([kind, times]) => fail({ [method]: [{ do: kind, count: times }] } as FaultPlan));
const weighted = (weight: number, arbitrary: fc.Arbitrary<LifeStep>) => ({ weight, arbitrary });

export const LIFE_STEPS: fc.Arbitrary<LifeStep> = fc.oneof(
  weighted(
    10,
    fc
      .tuple(
        who,
        fc.constantFrom('100.00', '60.50', '250.00'),
        fc.constantFrom(60, 1200, 3600, 3600, 3600),
        fc.boolean(),
      )
      .map((p) => buy(...p)),
  ),
  weighted(
    3,
    fc.tuple(pick, fc.boolean(), fc.boolean()).map((p) => scanAgain(...p)),
  ),
  weighted(7, pick.map(confirm)),
  weighted(2, pick.map(cancel)),
  weighted(
    5,
    fc.tuple(pick, fc.boolean()).map((p) => refund(...p)),
  ),
  weighted(3, pick.map(repeatRefund)),
  weighted(
    2,
    fc.tuple(pick, fc.constantFrom(...RESULT_CODES.decisive)).map((p) => refuse(...p)),
  ),
  weighted(4, failing('notifyPayment')),
  weighted(2, failing('notification')),
  weighted(3, failing('coreDebit')),
  weighted(2, failing('coreOutcome')),
  weighted(2, failing('coreCredit')),
  weighted(2, failing('coreReversal')),
  weighted(
    1,
    count.map((times) => fail({ coreDebit: [{ do: 'refuse', reason: 'OTHER', count: times }] })),
  ),
  weighted(
    2,
    fc.tuple(who, fc.constantFrom('OPEN' as const, 'BLOCKED' as const)).map((p) => changeAccount(...p)),
  ),
  weighted(4, fc.constantFrom(0.2, 0.2, 3, 16, 40).map(wait)),
  weighted(1, fc.constant(EXPIRE)),
  weighted(2, fc.constant(RESOLVE)),
);
