import { expect } from '@jest/globals';
import { isFinal, PAYMENT_TRANSITIONS, type PaymentStatus } from '../../libs/qr-payments/domain/transitions.js';
import { disagreements } from '../support/agreement.js';
import { expectAnswer } from './expected-answers.js';
import { type ModelPayment, type ModelRefund, tiyn } from './model-types.js';
import type { CallRow } from './model-updates.js';
import type { Run } from './run.js';

const MINUTE = 60_000;
/** Together longer than any deadline. */
const ROUNDS = 9;
/** A slow machine may miss answers and need more rounds. */
const MOST_ROUNDS = 30;
const ROUND_MS = 7 * MINUTE;
/** From this round on, every payment that the PS cannot settle is in doubt. */
const DOUBT_ROUND = 3;

/** The PS and the core answer again, accounts are open, operators resolve what is in doubt: everything ends. */
export async function finishRun(run: Run): Promise<void> {
  run.startStep('the PS and the core answer again, all accounts are open, and the clocks are right');
  run.system.simulator.faults.clear();
  run.clocks.setRight();
  await run.system.line.restore();
  for (const account of run.model.accounts) await run.accounts.change(account, 'OPEN');
  for (let round = 1; round <= (hasEnded(run) ? ROUNDS : MOST_ROUNDS) && !(await isAllOver(run)); round++) {
    run.system.clock.advance(ROUND_MS);
    for (const at of [0, 1]) {
      await run.drain(at);
      await run.updateModel();
    }
    await run.expireDue(round % 2);
    run.model.expireDue(run.now);
    if (round >= DOUBT_ROUND) await settleDoubt(run);
  }
  await run.settled();
  for (const payment of run.model.payments) expect(isFinal(payment.status)).toBe(true);
  await run.isBalanced();
  await journalIsRight(run);
  await historiesFollowTheTable(run);
  await attemptsAreOnRecord(run);
  await messagesAreDone(run);
  for (const payment of run.model.payments) agreesWithThePs(run, payment);
  await allRecordsAgree(run);
  tally(run);
}

function hasEnded({ model: { payments, refunds } }: Run): boolean {
  const isCredited = ({ status }: ModelRefund) => status === 'REFUSED' || status === 'CREDITED';
  return payments.every(({ status }) => isFinal(status)) && refunds.every(isCredited);
}

/** One kind of notify is repeated for ever: see messagesAreDone. */
async function isAllOver(run: Run): Promise<boolean> {
  return hasEnded(run) && run.model.payments.every(isOver) && !(await areReversalsOpen(run));
}

/** A debit that the core refused after an attempt that may have arrived is given back, although its payment has ended. */
async function areReversalsOpen({ model, system }: Run): Promise<boolean> {
  const open = await system.database.query(
    `select 1 from outbox_messages where topic = 'coreRefusedDebit' and key = any($1) limit 1`,
    [model.payments.map(({ id }) => id)],
  );
  return open.length > 0;
}

function isOver({ notified, delivered }: ModelPayment): boolean {
  return notified === null || delivered;
}

/** A repeat settles what is paid at the PS. Of other payments the PS cannot say that it does not have them (R11). */
async function settleDoubt(run: Run): Promise<void> {
  for (const { id, purchase, status } of run.model.payments) {
    if (status !== 'IN_DOUBT' || run.system.line.purchaseAtPs(purchase)?.status === 'CONFIRMED') continue;
    expectAnswer(await run.mpp(0).resolve(id, 'REVERSED'), run.model.resolve(id, 'REVERSED'));
    run.count('resolved by an operator, at the end');
  }
}

/** Each debit, its settlement or reversal, and a difference if the PS contradicted it: nothing is left in transit. */
async function journalIsRight({ model, system }: Run): Promise<void> {
  const ids = model.payments.map(({ id }) => id);
  const entries = await system.database.query<{ reference: string; entry: string; amount: string }>(
    `select e.reference, e.amount, concat_ws(' ', e.purpose, d.kind, c.kind) as entry from ledger_entries e
     join ledger_accounts d on d.id = e.debit_account_id join ledger_accounts c on c.id = e.credit_account_id
     where e.reference = any($1) and e.purpose <> 'DEPOSIT' order by e.id`,
    [ids],
  );
  const rows = await system.database.query<PaymentRow>('select * from qr_payments where id = any($1)', [ids]);
  expect(rows.length).toBe(ids.length);
  for (const row of rows) {
    const { id, status, amount, debitedAt, settledBy, contradiction, refusal, suspended } = model.get(row.id);
    const back = [
      ...(suspended ? ['REVERSAL IN_TRANSIT REVERSALS_IN_SUSPENSE'] : [`REVERSAL IN_TRANSIT ${THEIRS[model.core]}`]),
      ...(suspended ? [`REVERSAL_RELEASE REVERSALS_IN_SUSPENSE ${THEIRS[model.core]}`] : []),
    ];
    const expected = [
      ...(debitedAt === null ? [] : [`PAYMENT ${THEIRS[model.core]} IN_TRANSIT`]),
      ...(status === 'CONFIRMED' ? ['SETTLEMENT IN_TRANSIT PAYABLE_TO_KASPI'] : []),
      ...(status === 'REVERSED' && debitedAt !== null ? back : []),
      ...(contradiction === 'OWED' ? ['DIFFERENCE DIFFERENCES PAYABLE_TO_KASPI'] : []),
      ...(contradiction === 'NOT_OWED' ? ['DIFFERENCE PAYABLE_TO_KASPI DIFFERENCES'] : []),
    ];
    const posted = entries.filter(({ reference }) => reference === id);
    // A reversal at a bank's core may be posted after the difference.
    expect(posted.map(({ entry }) => entry).sort()).toEqual(expected.sort());
    for (const entry of posted) expect(BigInt(entry.amount)).toBe(amount);
    expect(row.settled_by).toBe(settledBy);
    expect(row.kaspi_result_code).toBe(refusal);
    expect(row.contradicted_at !== null).toBe(contradiction !== null);
  }
}

const THEIRS = { 'own ledger': 'CUSTOMER', 'a bank’s core': 'CORE_CUSTOMER' } as const;

interface PaymentRow {
  readonly id: string;
  readonly settled_by: string | null;
  readonly kaspi_result_code: string | null;
  readonly contradicted_at: Date | null;
}

const FIRST = { Dynamic: 'AWAITING_CONFIRMATION', Static: 'AWAITING_AMOUNT', Custom: 'AWAITING_CHECKOUT' } as const;

async function historiesFollowTheTable({ model, system }: Run): Promise<void> {
  const rows = await system.database.query<{ payment_id: string; status: PaymentStatus }>(
    'select payment_id, status from qr_payment_history where payment_id = any($1) order by payment_id, version',
    [model.payments.map(({ id }) => id)],
  );
  for (const { id, type, status } of model.payments) {
    const statuses = rows.filter((row) => row.payment_id === id).map((row) => row.status);
    expect([statuses[0], statuses.at(-1)]).toEqual([FIRST[type], status]);
    for (const [before, next] of statuses.slice(1).map((next, index) => [statuses[index] ?? next, next] as const)) {
      expect(Object.values(PAYMENT_TRANSITIONS[before])).toContain(next);
    }
  }
}

/** One result per payment, sent with one request id and one body (R10, R35); recorded before it arrived (R9). */
async function attemptsAreOnRecord(run: Run): Promise<void> {
  const { calls } = run.system.line;
  expect(calls.filter(({ onRecord }) => !onRecord)).toEqual([]);
  expect(run.system.coreLine.calls.filter(({ onRecord }) => !onRecord)).toEqual([]);
  const rows = await run.notifies(run.model.payments.map(({ id }) => id));
  for (const { id, notified } of run.model.payments) {
    const sent = rows.filter(({ payment_id }) => payment_id === id);
    const arrived = calls.filter((call) => call.notifies === id);
    expect(sent.map(({ attempt }) => attempt)).toEqual(sent.map((_, index) => index + 1));
    const lost = sent
      .filter(({ outcome }) => outcome === null)
      .map(({ request_id, attempt }) => `${request_id} ${attempt}`);
    expect(lost.filter((attempt) => !run.clocks.lostAttempts.includes(attempt))).toEqual([]);
    expect(distinct(sent.map(({ request_id }) => request_id))).toBe(notified === null ? 0 : 1);
    expect(distinct(sent.map(({ request }) => request))).toBe(notified === null ? 0 : 1);
    expect(arrived.filter(({ requestId }) => requestId !== sent[0]?.request_id)).toEqual([]);
    expect(distinct(arrived.map(({ body }) => body))).toBeLessThanOrEqual(1);
    if (arrived[0] !== undefined)
      expect(JSON.parse(arrived[0].body)).toMatchObject({ result: { resultCode: notified } });
    const of = (...outcomes: CallRow['outcome'][]) => sent.filter(({ outcome }) => outcomes.includes(outcome)).length;
    expect(arrived.length).toBeGreaterThanOrEqual(of('ANSWERED'));
    expect(arrived.length).toBeLessThanOrEqual(of('ANSWERED', 'UNKNOWN') + lost.length);
  }
}

function distinct(items: readonly string[]): number {
  return new Set(items).size;
}

/**
 * One delivered message for each payment with a result for the PS, one for each debit and reversal at the core, and one for each
 * reversal in suspense. One kind is
 * repeated for ever: an operator confirmed the payment, but the PS does not have the purchase and cannot say so.
 */
async function messagesAreDone({ model, system }: Run): Promise<void> {
  const rows = await system.database.query<{ key: string; topic: string; done: boolean }>(
    `select key, topic, false as done from outbox_messages where key = any($1)
     union all select key, topic, true from outbox_done where key = any($1)`,
    [model.payments.map(({ id }) => id)],
  );
  for (const { id, notified, delivered, status, settledBy, debit, suspended } of model.payments) {
    const of = (topic: string) => rows.filter((row) => row.key === id && row.topic === topic).map(({ done }) => done);
    expect(of('notifyPayment')).toEqual(notified === null ? [] : [delivered]);
    expect(of('coreDebit')).toEqual(debit === null ? [] : [true]);
    expect(of('coreReversal')).toEqual(status === 'REVERSED' && (debit !== null || suspended) ? [true] : []);
    if (notified !== null && !delivered) expect([status, settledBy]).toEqual(['CONFIRMED', 'OPERATOR']);
  }
}

/**
 * At the PS a purchase is paid by our payment if and only if our payment is CONFIRMED. Exceptions: an operator's wrong
 * resolution, a recorded contradiction, and a PS that confirms after a refusal without our receiving it.
 */
function agreesWithThePs(run: Run, payment: ModelPayment): void {
  const { id, number, purchase, status, amount, notified, settledBy, contradiction } = payment;
  const { line } = run.system;
  const atPs = line.purchaseAtPs(purchase);
  const isPaid = atPs?.status === 'CONFIRMED' && atPs.mppPaymentId === id;
  if (isPaid) expect(tiyn(atPs.amount ?? '')).toBe(amount);
  if (isPaid !== (status === 'CONFIRMED')) {
    const isExcused = settledBy === 'OPERATOR' || contradiction !== null || line.confirmedAfterRefusal.has(purchase);
    if (!isExcused) throw new Error(`#${number} is ${status}, but at the PS the purchase is ${atPs?.status}`);
    run.count(`at the end the PS disagrees: ${status} by ${settledBy}`);
  }
  if (notified === null || notified === 'SUCCESS') return;
  const codes = line.calls.flatMap((call) => (call.notifies === id && call.code !== null ? [call.code] : []));
  expect(codes).not.toEqual([]);
  if (codes.includes('SUCCESS')) expect(atPs).toMatchObject({ status: 'CLOSED', result: notified });
}

/** The core's accounts, the PS's purchases and refunds, and our journal agree to the tiyn. */
async function allRecordsAgree(run: Run): Promise<void> {
  const { model, system } = run;
  const { database, simulator, line } = system;
  const fromShops = new Set(simulator.refunds().map(({ refundId }) => refundId));
  const requested = model.refunds.flatMap(({ refundId, payment, amount }) =>
    payment === null || fromShops.has(refundId) ? [] : [{ refundId, payment, amount }],
  );
  const isExcused = ({ settledBy, contradiction, purchase }: ModelPayment) =>
    (settledBy === 'OPERATOR' && contradiction === null) || line.confirmedAfterRefusal.has(purchase);
  const excused = new Set(model.payments.filter(isExcused).map(({ id }) => id));
  const paidIn = new Map(model.accounts.map(({ id, deposited }) => [id, deposited]));
  const customers = [0, 1].map((customer) => run.nameOf(customer));
  const sides = { database, simulator, customers, requested, excused };
  expect(await disagreements({ ...sides, paidIn: model.core === 'own ledger' ? null : paidIn })).toEqual([]);
}

function tally(run: Run): void {
  for (const { type, status, settledBy, contradiction, notified, delivered } of run.model.payments) {
    const by = settledBy === null ? '' : ` by ${settledBy}`;
    run.count(`at the end ${type} ${status}${by}${contradiction === null ? '' : `, then ${contradiction}`}`);
    if (notified !== null && !delivered) run.count('at the end repeated for ever');
  }
}
