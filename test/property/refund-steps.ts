import { expect } from '@jest/globals';
import type { CustomerId } from '@mpp/kernel';
import { accountIdOf } from '../../libs/core-banking/http-core/http-core.js';
import type { Answer } from '../support/mpp.js';
import { type RefundReply, refundBody } from '../support/ps-refunds.js';
import { until } from '../support/until.js';
import { expectAnswer } from './expected-answers.js';
import {
  type Expected,
  inTenge,
  isOpen,
  type ModelAccount,
  type ModelPayment,
  type ModelRefund,
  problem,
  type RefundOrder,
  tiyn,
} from './model-types.js';
import { which } from './payment-acts.js';
import type { Run } from './run.js';
import { type Kind, type Step, stepOn, stepOnRefund } from './step.js';

export type Part = 'half' | 'all';

const isDone: Kind = ({ status }) => status === 'CONFIRMED';

/** A shop refunds. `late`: the server is away at first, and the PS repeats its call. */
export function shopRefunds(pick: number, part: Part, late: boolean, at: number): Step {
  const words = `the shop refunds ${part} of ${which(pick, false)} that is paid, at ${at}${late ? ', which is away at first' : ''}`;
  return stepOn(pick, isDone, words, async (run, payment) => {
    if (isPaidAtPs(run, payment)) await psRefunds(run, payment, part, at, late);
  });
}

/** A shop refunds when the debited account, or all accounts of the customer, are closed. */
export function refundWhileClosed(pick: number, part: Part, all: boolean, at: number): Step {
  const closed = all ? 'all accounts of the customer are' : 'the account that it was paid from is';
  const words = `${closed} closed, and the shop refunds ${part} of ${which(pick, false)} that is paid, at ${at}`;
  return stepOn(pick, isDone, words, async (run, payment) => {
    if (!isPaidAtPs(run, payment)) return;
    for (const account of run.model.accountsOf(payment.customer)) {
      if (all || account.id === payment.account) await run.accounts.change(account, 'CLOSED');
    }
    await psRefunds(run, payment, part, at);
    await run.idle();
    await run.updateModel();
    await run.drain(1 - at);
  });
}

/** At the PS the purchase is paid by this payment. */
export function isPaidAtPs({ system }: Run, { id, purchase }: ModelPayment): boolean {
  const atPs = system.line.purchaseAtPs(purchase);
  return atPs?.status === 'CONFIRMED' && atPs.mppPaymentId === id;
}

/** A refund by a call of the PS, of what is left by its records. */
export async function psRefunds(run: Run, payment: ModelPayment, part: Part, at: number, late = false): Promise<void> {
  const { simulator, line } = run.system;
  const { purchase, customer } = payment;
  const { amount: paid, refundedAmount } = line.purchaseAtPs(purchase) ?? {};
  const left = tiyn(paid ?? '0') - tiyn(refundedAmount ?? '0');
  const amount = part === 'all' ? left : (left + 1n) / 2n;
  if (amount === 0n) return;
  const refusedAtFirst = late || !run.clocks.isRight(at);
  run.system.refundsAt = late ? null : at === 0 ? 0 : 1;
  const answering = simulator.refund(purchase, inTenge(amount));
  const mine = () => simulator.refunds(run.nameOf(customer))[0];
  if (refusedAtFirst) {
    await until('the first call of the PS failed', mine, (refund) => refund?.lastError != null);
    run.system.refundsAt = run.clocks.ready(at) === 0 ? 0 : 1;
  }
  await answering;
  const answered = await until('the PS has an answer', mine, (refund) => refund?.status !== 'SENDING');
  if (answered === undefined) throw new Error('the PS has made no refund');
  const order = { refundId: answered.refundId, purchase, customer, amount };
  isAnswered(run, order, answered.resultCode);
}

function isAnswered(run: Run, order: RefundOrder, resultCode: string | null | undefined): void {
  run.log.push(`    refund ${order.refundId} of ${inTenge(order.amount)}: ${resultCode}`);
  run.count(`a refund is answered ${resultCode}`);
  expect(resultCode).toBe(run.model.refund(order));
}

export type HowMuch = Part | 'more than was paid' | 'of the other customer';

/**
 * The PS requests a refund that no shop has made, of any payment, with several calls at both servers at once. Of an open or
 * confirmed payment it does so only if the purchase is paid at the PS.
 */
export function refundWithoutShop(pick: number, kind: Kind, kinds: string, howMuch: HowMuch, calls: number): Step {
  const words = `${calls} calls at both servers refund ${howMuch} of ${which(pick, true)} ${kinds}`;
  return stepOn(pick, kind, words, async (run, payment) => {
    if ((isOpen(payment) || isDone(payment)) && !isPaidAtPs(run, payment)) return;
    const { purchase } = payment;
    const paid = payment.amount ?? 10_000n;
    const amount = {
      half: (paid + 1n) / 2n,
      all: paid,
      'more than was paid': paid + 1n,
      'of the other customer': paid,
    };
    const customer = howMuch === 'of the other customer' ? 1 - payment.customer : payment.customer;
    const refundId = `${run.nameOf(customer)}-${run.model.refunds.length + 1}`;
    await callsOf(run, { refundId, purchase, customer, amount: amount[howMuch] }, calls);
  });
}

/** The PS repeats a refund, unchanged or with another amount (R17). */
export function repeatRefund(pick: number, otherwise: boolean, calls: number): Step {
  const words = `${calls} calls at both servers repeat refund ${pick} from the newest${otherwise ? ', of another amount' : ''}`;
  return stepOnRefund(
    pick,
    () => true,
    words,
    async (run, { refundId, purchase, customer, amount }) => {
      await callsOf(run, { refundId, purchase, customer, amount: otherwise ? amount + 100n : amount }, calls);
    },
  );
}

async function callsOf(run: Run, order: RefundOrder, calls: number): Promise<void> {
  const { refundId, purchase: paymentId, customer, amount } = order;
  const body = { refundId, paymentId, customerId: run.nameOf(customer), refundAmount: inTenge(amount) };
  const replies = await Promise.all(
    Array.from({ length: calls }, (_, call) => run.refundsAt(call % 2).refund(refundBody(body))),
  );
  const isAccepted = run.model.refunds.some((one) => one.refundId === refundId && one.status !== 'REFUSED');
  const answers = replies.filter(({ status }, call) => {
    const putOff = status === 503 && !isAccepted && !run.clocks.isRight(call % 2);
    if (putOff) run.count('a refund is put off by a wrong clock');
    return !putOff;
  });
  const contentOf = ({ status, result }: RefundReply) => JSON.stringify([status, result]);
  expect(new Set(answers.map(contentOf)).size).toBeLessThanOrEqual(1);
  if (answers[0] === undefined) return;
  expect(answers[0].status).toBe(200);
  isAnswered(run, order, answers[0].result?.resultCode);
}

/** An operator redirects a refund to this account of the customer. `opened`: the account is opened first. */
export function redirect(pick: number, anyone: boolean, account: number, opened: boolean, at: number): Step {
  const kind = ({ status }: ModelRefund) => anyone || status === 'ACCEPTED' || status === 'SUSPENDED';
  const words = `an operator redirects refund ${pick} from the newest${anyone ? ' of all' : ''} to account ${account}${opened ? ', which is opened,' : ''} at ${at}`;
  return stepOnRefund(pick, kind, words, async (run, refund) => {
    const target = run.model.accountsOf(refund.customer)[account];
    if (target === undefined) return;
    if (opened) await run.accounts.change(target, 'OPEN');
    const { status } = refund;
    const redirection = await redirectTo(run, `refunds/${refund.refundId}`, refund, target, at);
    run.logAnswer(`redirect refund ${status}`, redirection.answer);
    expectAnswer(redirection.answer, redirectionOf(status === 'REFUSED' || status === 'CREDITED', target, redirection));
    if (redirection.answer.status !== 200 || run.model.core !== 'own ledger') return;
    refund.status = 'CREDITED';
    refund.creditedTo = target.id;
  });
}

export interface RedirectionAnswer {
  readonly answer: Answer<object>;
  /** A credit or reversal was requested at the core, and its outcome is not recorded yet. */
  readonly mayBeCarriedOut: boolean;
  readonly accountsUnknown: boolean;
}

/** Redirects a refund or a reversal (`path` below /ops/v1) to this account. */
export async function redirectTo(
  run: Run,
  path: string,
  { customer }: { readonly customer: number },
  target: ModelAccount,
  at: number,
): Promise<RedirectionAnswer> {
  const name = run.nameOf(customer);
  const open = await run.system.database.query(
    `select 1 from core_operations o left join refunds r on r.id = o.subject
     where o.state = 'REQUESTED' and $1 in ('payments/' || o.subject, 'refunds/' || r.refund_id)`,
    [path],
  );
  const accountId = run.model.core === 'own ledger' ? target.id : accountIdOf(name as CustomerId, target.id);
  const mpp = run.mpp(run.clocks.ready(at));
  const from = run.system.coreLine.calls.length;
  const answer = await mpp.call('POST', `/ops/v1/${path}/redirect`, {
    token: await mpp.teamToken('operations'),
    body: { accountId, reason: 'requested by the customer' },
  });
  const accountsUnknown = run.system.coreLine.accountsUnanswered(name, from) && answer.status === 503;
  return { answer, mayBeCarriedOut: open.length > 0, accountsUnknown };
}

export function redirectionOf(
  isOver: boolean,
  { status }: ModelAccount,
  { mayBeCarriedOut, accountsUnknown }: RedirectionAnswer,
): Expected {
  if (isOver) return problem(409, 'STATE_CONFLICT');
  if (accountsUnknown) return problem(503, 'CORE_UNAVAILABLE');
  if (status !== 'OPEN') return problem(422, 'ACCOUNT_UNUSABLE');
  return mayBeCarriedOut ? problem(409, 'STATE_CONFLICT') : { http: 200 };
}
