import { expect } from '@jest/globals';
import { type Reply, refusal } from '../support/kaspi-peer.js';
import { ACCEPTED, type RefundReply, refundBody } from '../support/ps-refunds.js';
import { until } from '../support/until.js';
import type { Stage } from './crash.js';
import type { Lost } from './silencing-proxy.js';

/** The PS is not answered until the server is killed. */
export const BEFORE = { KASPI_ANSWER_WITHIN_MS: '60000' };
export const AFTER = { REFUND_RETRY_BASE_MS: '20', REFUND_RETRY_MAX_MS: '50' };
export const AMOUNT = '30.00';

export type Statements = (string | string[])[];

/** The state of a refund in the database. */
export interface RefundState {
  readonly refund: string | null;
  readonly posted: string[];
  /** The places of the messages that credit it. */
  readonly messages: string[];
  readonly balance: string | undefined;
}

/** A payment of 100.00 by a customer with 1000.00. */
export interface Kind {
  readonly what: string;
  /** The PS's reply to each notify. */
  readonly reply: (time: number) => Reply | null;
  readonly status: string;
  /** The journal entries of the refunded payment. */
  readonly purposes: string[];
  readonly before: RefundState;
  /** When the refund is decided. */
  readonly decided: RefundState;
  readonly after: RefundState;
}

export const ACCEPTED_STATE = { refund: 'ACCEPTED', posted: [], messages: ['waiting'], balance: '900.00' };
export const CREDITED = { refund: 'CREDITED', posted: ['REFUND'], messages: ['done'], balance: '930.00' };
/** The payment is reversed: the customer has the money, and nothing is credited (R19). */
export const SETTLED = { refund: 'CREDITED', posted: ['REFUND'], messages: [], balance: '1000.00' };
export const undecided = (balance: string) => ({ refund: null, posted: [], messages: [], balance });

export const CONFIRMED: Kind = {
  what: 'a confirmed payment',
  reply: () => null,
  status: 'CONFIRMED',
  purposes: ['PAYMENT', 'SETTLEMENT'],
  before: undecided('900.00'),
  decided: ACCEPTED_STATE,
  after: CREDITED,
};
export const KINDS: Kind[] = [
  CONFIRMED,
  {
    ...CONFIRMED,
    what: 'a payment that waits for the PS’s answer',
    // The first notify hangs until its server is killed; the next one is answered.
    reply: (time) => (time === 1 ? 'hang' : null),
    status: 'PROCESSING',
  },
  {
    what: 'a reversed payment',
    reply: () => refusal('RISK_REJECT'),
    status: 'REVERSED',
    purposes: ['PAYMENT', 'REVERSAL', 'DIFFERENCE'],
    before: undecided('1000.00'),
    decided: SETTLED,
    after: SETTLED,
  },
];

export interface Prepared {
  readonly customer: string;
  readonly account: string;
  readonly payment: string;
  readonly refundId: string;
  readonly body: Record<string, unknown>;
  /** The answer that the PS received before the kill, if any. */
  readonly answer: string | null;
}

let refunds = 0;

export async function prepare(stage: Stage, { reply, status }: Kind): Promise<Prepared> {
  const customer = await stage.customer();
  const [account] = await stage.database.query<{ id: string }>(
    'select id from ledger_accounts where customer_id = $1',
    [customer],
  );
  const app = await stage.mpp.as(customer);
  const purchase = `refund-${customer}`;
  const payment = (await app.scan(purchase)).body.payment.id;
  stage.whenNotified(payment, reply);
  await app.confirm(payment);
  await stage.untilNotified(payment);
  await stage.untilStatus(payment, status);
  const refundId = `Killed${++refunds}`;
  const body = refundBody({ customerId: customer, paymentId: `ps-${purchase}`, refundId, refundAmount: AMOUNT });
  return { customer, account: account?.id ?? '', payment, refundId, body, answer: null };
}

export async function refundState(stage: Stage, { refundId, account }: Prepared): Promise<RefundState> {
  const [refund] = await stage.database.query<{ id: string; status: string }>(
    'select id, status from refunds where refund_id = $1',
    [refundId],
  );
  const [{ balance }] = (await stage.database.query<{ balance: string }>(
    'select round(balance / 100.0, 2)::text as balance from ledger_accounts where id = $1',
    [account],
  )) as [{ balance: string }];
  if (refund === undefined) return undecided(balance);
  const [posted, messages] = [await stage.purposes(refund.id), await stage.messages(refund.id)];
  return { refund: refund.status, posted, messages: messages.map(({ place }) => place), balance };
}

export const untilRefundState = (stage: Stage, prepared: Prepared, expected: RefundState) =>
  until(
    `${prepared.refundId} ${expected.refund}`,
    () => refundState(stage, prepared),
    (now) => JSON.stringify(now) === JSON.stringify(expected),
  );

/** See Stage.leaseIsOver. */
export async function creditingLeaseIsOver(stage: Stage, { refundId }: Prepared): Promise<void> {
  const [refund] = await stage.database.query<{ id: string }>('select id from refunds where refund_id = $1', [
    refundId,
  ]);
  if (refund !== undefined) await stage.leaseIsOver(refund.id);
}

/** The PS repeats its call at the next server: the answer is SUCCESS, byte for byte as before, and the customer is credited once. */
export async function expectRefundedOnce(stage: Stage, prepared: Prepared, { after, purposes }: Kind): Promise<void> {
  const { customer, payment, body, answer } = prepared;
  const expectAccepted = ({ status, result, text }: RefundReply) => {
    expect([status, result]).toEqual([200, ACCEPTED]);
    if (answer !== null) expect(text).toBe(answer);
  };
  const repeats = await Promise.all([stage.refunds.refund(body), stage.refunds.refund(body)]);
  for (const reply of repeats) expectAccepted(reply);
  expect(new Set(repeats.map(({ text }) => text)).size).toBe(1);
  await creditingLeaseIsOver(stage, prepared);
  await untilRefundState(stage, prepared, after);
  await stage.leaseIsOver(payment);
  await stage.untilDelivered(payment);
  expectAccepted(await stage.refunds.refund(body));
  const other = await stage.refunds.refund({ ...body, refundAmount: '31.00' });
  expect(other.result?.resultCode).toBe('PARAM_ILLEGAL');
  expect(await refundState(stage, prepared)).toEqual(after);
  expect(await stage.purposes(payment)).toEqual(purposes);
  const app = await stage.mpp.as(customer);
  expect((await app.payment(payment)).body).toMatchObject({ refundedAmount: AMOUNT });
  expect(await app.balance()).toBe(after.balance);
  expect(await stage.mpp.trialBalance()).toMatchObject({ balanced: true });
}

/** A refund that was answered, while its crediting is under way. */
export async function answeredAndUnderWay(
  stage: Stage,
  lost: Lost,
  at: (prepared: Prepared) => Statements,
): Promise<Prepared> {
  const prepared = await prepare(stage, CONFIRMED);
  const silent = stage.proxy.silence(lost, ...at(prepared));
  const reply = await stage.refunds.refund(prepared.body);
  expect(reply.result).toEqual(ACCEPTED);
  await silent;
  return { ...prepared, answer: reply.text };
}

/** The statement that only the crediting makes. */
export const crediting = ({ account }: Prepared): string[] => ['ledger_post(', 'REFUND', account];
