import { describe, expect } from '@jest/globals';
import { type Reply, refusal } from '../support/kaspi-peer.js';
import { ACCEPTED, type RefundReply, refundBody } from '../support/ps-refunds.js';
import { until } from '../support/until.js';
import { crash, type Stage } from './crash.js';
import type { Lost } from './silencing-proxy.js';

/** The PS is not answered until the server is killed. */
const BEFORE = { KASPI_ANSWER_WITHIN_MS: '60000' };
const AFTER = { REFUND_RETRY_BASE_MS: '20', REFUND_RETRY_MAX_MS: '50' };
const AMOUNT = '30.00';

type Statements = (string | string[])[];

/** The state of a refund in the database. */
interface RefundState {
  readonly refund: string | null;
  readonly posted: string[];
  /** The places of the messages that credit it. */
  readonly messages: string[];
  readonly balance: string | undefined;
}

/** A payment of 100.00 by a customer with 1000.00. */
interface Kind {
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

const ACCEPTED_STATE = { refund: 'ACCEPTED', posted: [], messages: ['waiting'], balance: '900.00' };
const CREDITED = { refund: 'CREDITED', posted: ['REFUND'], messages: ['done'], balance: '930.00' };
/** The payment is reversed: the customer has the money, and nothing is credited (R19). */
const SETTLED = { refund: 'CREDITED', posted: ['REFUND'], messages: [], balance: '1000.00' };
const undecided = (balance: string) => ({ refund: null, posted: [], messages: [], balance });

const CONFIRMED: Kind = {
  what: 'a confirmed payment',
  reply: () => null,
  status: 'CONFIRMED',
  purposes: ['PAYMENT', 'SETTLEMENT'],
  before: undecided('900.00'),
  decided: ACCEPTED_STATE,
  after: CREDITED,
};
const KINDS: Kind[] = [
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

interface Begun {
  readonly customer: string;
  readonly account: string;
  readonly payment: string;
  readonly refundId: string;
  readonly body: Record<string, unknown>;
  /** The answer that the PS received before the kill, if any. */
  readonly answer: string | null;
}

let refunds = 0;

async function prepare(stage: Stage, { reply, status }: Kind): Promise<Begun> {
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

async function refundState(stage: Stage, { refundId, account }: Begun): Promise<RefundState> {
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

const untilRefundState = (stage: Stage, begun: Begun, expected: RefundState) =>
  until(
    `${begun.refundId} ${expected.refund}`,
    () => refundState(stage, begun),
    (now) => JSON.stringify(now) === JSON.stringify(expected),
  );

/** See Stage.leaseIsOver. */
async function creditingLeaseIsOver(stage: Stage, { refundId }: Begun): Promise<void> {
  const [refund] = await stage.database.query<{ id: string }>('select id from refunds where refund_id = $1', [
    refundId,
  ]);
  if (refund !== undefined) await stage.leaseIsOver(refund.id);
}

/** The PS repeats its call at the next server: the answer is SUCCESS, byte for byte as before, and the customer is credited once. */
async function expectRefundedOnce(stage: Stage, begun: Begun, { after, purposes }: Kind): Promise<void> {
  const { customer, payment, body, answer } = begun;
  const expectAccepted = ({ status, result, text }: RefundReply) => {
    expect([status, result]).toEqual([200, ACCEPTED]);
    if (answer !== null) expect(text).toBe(answer);
  };
  const repeats = await Promise.all([stage.refunds.refund(body), stage.refunds.refund(body)]);
  for (const reply of repeats) expectAccepted(reply);
  expect(new Set(repeats.map(({ text }) => text)).size).toBe(1);
  await creditingLeaseIsOver(stage, begun);
  await untilRefundState(stage, begun, after);
  await stage.leaseIsOver(payment);
  await stage.untilDelivered(payment);
  expectAccepted(await stage.refunds.refund(body));
  const other = await stage.refunds.refund({ ...body, refundAmount: '31.00' });
  expect(other.result?.resultCode).toBe('PARAM_ILLEGAL');
  expect(await refundState(stage, begun)).toEqual(after);
  expect(await stage.purposes(payment)).toEqual(purposes);
  const app = await stage.mpp.as(customer);
  expect((await app.payment(payment)).body).toMatchObject({ refundedAmount: AMOUNT });
  expect(await app.balance()).toBe(after.balance);
  expect(await stage.mpp.trialBalance()).toMatchObject({ balanced: true });
}

/** A refund that was answered, while its crediting is under way. */
async function answeredAndUnderWay(stage: Stage, lost: Lost, at: (begun: Begun) => Statements): Promise<Begun> {
  const begun = await prepare(stage, CONFIRMED);
  const silent = stage.proxy.silence(lost, ...at(begun));
  const reply = await stage.refunds.refund(begun.body);
  expect(reply.result).toEqual(ACCEPTED);
  await silent;
  return { ...begun, answer: reply.text };
}

/** The statement that only the crediting makes. */
const crediting = ({ account }: Begun): string[] => ['ledger_post(', 'REFUND', account];

/** A server is killed at each step between a refund's arrival and its credit; the PS repeats its call at another server. */
describe('kill -9', () => {
  describe('around a refund', () => {
    const killed = crash(BEFORE, AFTER);

    /** The PS's call stops at this statement and is never answered. */
    async function cutOff(stage: Stage, kind: Kind, lost: Lost, at: (refundId: string) => Statements): Promise<Begun> {
      const begun = await prepare(stage, kind);
      const silent = stage.proxy.silence(lost, ...at(begun.refundId));
      stage.cutOff(stage.refunds.refund(begun.body));
      await silent;
      await untilRefundState(stage, begun, lost === 'statement' ? kind.before : kind.decided);
      return begun;
    }
    const commit = (refundId: string): Statements => [['insert into refund_calls', refundId], 'COMMIT'];

    describe.each(KINDS)('of $what', (kind) => {
      killed(
        'before anything is read: nothing has happened, and the PS’s next call counts as its first',
        (stage) => cutOff(stage, kind, 'statement', (refundId) => [['from refunds where refund_id', refundId]]),
        (stage, begun) => expectRefundedOnce(stage, begun, kind),
      );

      killed(
        'before the decision is committed: nothing has happened, and the PS’s next call counts as its first',
        (stage) => cutOff(stage, kind, 'statement', commit),
        (stage, begun) => expectRefundedOnce(stage, begun, kind),
      );

      killed(
        'after the decision is committed, before the PS is answered: the next call gets the same decision',
        (stage) => cutOff(stage, kind, 'answer', commit),
        (stage, begun) => expectRefundedOnce(stage, begun, kind),
      );
    });

    killed(
      'before the crediting is committed: the refund stays accepted, and the next server credits it',
      async (stage) => {
        const begun = await answeredAndUnderWay(stage, 'statement', (known) => [crediting(known), 'COMMIT']);
        expect(await refundState(stage, begun)).toEqual(ACCEPTED_STATE);
        return begun;
      },
      (stage, begun) => expectRefundedOnce(stage, begun, CONFIRMED),
    );

    killed(
      'after the PS received SUCCESS, before the crediting began: the next server credits it without another call',
      async (stage) => {
        // The crediting of the previous test is stopped, so this one waits behind it in the server that leased it.
        const begun = await prepare(stage, CONFIRMED);
        const reply = await stage.refunds.refund(begun.body);
        expect(await refundState(stage, begun)).toEqual(ACCEPTED_STATE);
        const [message] = await stage.database.query<{ attempts: number; claimed: boolean }>(
          `select attempts, lease is not null as claimed from outbox_messages m
           where key = (select id::text from refunds where refund_id = $1)`,
          [begun.refundId],
        );
        expect(message).toEqual({ attempts: 1, claimed: true });
        return { ...begun, answer: reply.text };
      },
      async (stage, begun) => {
        await creditingLeaseIsOver(stage, begun);
        await untilRefundState(stage, begun, CREDITED);
        await expectRefundedOnce(stage, begun, CONFIRMED);
      },
    );
  });

  describe('after a crediting is committed, before its server knew it', () => {
    const killed = crash(BEFORE, AFTER);

    killed(
      'the customer has the money, and the next server credits nothing more',
      async (stage) => {
        const begun = await answeredAndUnderWay(stage, 'answer', (known) => [crediting(known), 'COMMIT']);
        await untilRefundState(stage, begun, CREDITED);
        return begun;
      },
      (stage, begun) => expectRefundedOnce(stage, begun, CONFIRMED),
    );
  });
});
