import { describe, expect } from '@jest/globals';
import { type Reply, refusal } from '../support/kaspi-peer.js';
import { ACCEPTED, type RefundReply, refundBody } from '../support/ps-refunds.js';
import { until } from '../support/until.js';
import { crash, type Stage } from './crash.js';
import type { Lost } from './silencing-proxy.js';

/** The PS hears nothing while its server waits for its end. */
const BEFORE = { KASPI_ANSWER_WITHIN_MS: '60000' };
const AFTER = { REFUND_RETRY_BASE_MS: '20', REFUND_RETRY_MAX_MS: '50' };
const AMOUNT = '30.00';

type Statements = (string | string[])[];

/** What stands in the database of a refund. */
interface Standing {
  readonly refund: string | null;
  readonly posted: string[];
  /** Of its crediting. */
  readonly messages: string[];
  readonly balance: string | undefined;
}

/** A payment of 100.00 of somebody who had 1000.00. */
interface Kind {
  readonly what: string;
  /** What the PS says to its notify. */
  readonly told: (time: number) => Reply | null;
  readonly status: string;
  /** Journal entries of the payment once it is refunded. */
  readonly purposes: string[];
  readonly before: Standing;
  /** The refund is decided. */
  readonly decided: Standing;
  readonly after: Standing;
}

const PROMISED = { refund: 'ACCEPTED', posted: [], messages: ['waiting'], balance: '900.00' };
const CREDITED = { refund: 'CREDITED', posted: ['REFUND'], messages: ['done'], balance: '930.00' };
/** The customer has the money already: there is nothing to be credited (R19). */
const SETTLED = { refund: 'CREDITED', posted: ['REFUND'], messages: [], balance: '1000.00' };
const undecided = (balance: string) => ({ refund: null, posted: [], messages: [], balance });

const CONFIRMED: Kind = {
  what: 'a confirmed payment',
  told: () => null,
  status: 'CONFIRMED',
  purposes: ['PAYMENT', 'SETTLEMENT'],
  before: undecided('900.00'),
  decided: PROMISED,
  after: CREDITED,
};
const KINDS: Kind[] = [
  CONFIRMED,
  {
    ...CONFIRMED,
    what: 'a payment that waits for the PS’s answer',
    // The one who heard nothing is dead when it is asked again.
    told: (time) => (time === 1 ? 'hang' : null),
    status: 'PROCESSING',
  },
  {
    what: 'a reversed payment',
    told: () => refusal('RISK_REJECT'),
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
  /** What the PS was answered before the end, if it was. */
  readonly heard: string | null;
}

let refunds = 0;

async function prepare(stage: Stage, { told, status }: Kind): Promise<Begun> {
  const customer = await stage.customer();
  const [account] = await stage.database.query<{ id: string }>(
    'select id from ledger_accounts where customer_id = $1',
    [customer],
  );
  const app = await stage.mpp.as(customer);
  const purchase = `refund-${customer}`;
  const payment = (await app.scan(purchase)).body.payment.id;
  stage.whenNotified(payment, told);
  await app.confirm(payment);
  await stage.untilTold(payment);
  await stage.untilStatus(payment, status);
  const refundId = `Killed${++refunds}`;
  const body = refundBody({ customerId: customer, paymentId: `ps-${purchase}`, refundId, refundAmount: AMOUNT });
  return { customer, account: account?.id ?? '', payment, refundId, body, heard: null };
}

async function standing(stage: Stage, { refundId, account }: Begun): Promise<Standing> {
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

const untilStanding = (stage: Stage, begun: Begun, expected: Standing) =>
  until(
    `${begun.refundId} ${expected.refund}`,
    () => standing(stage, begun),
    (now) => JSON.stringify(now) === JSON.stringify(expected),
  );

/** See Stage.leaseIsOver. */
async function creditingLeaseIsOver(stage: Stage, { refundId }: Begun): Promise<void> {
  const [refund] = await stage.database.query<{ id: string }>('select id from refunds where refund_id = $1', [
    refundId,
  ]);
  if (refund !== undefined) await stage.leaseIsOver(refund.id);
}

/** The PS asks the next server again: it is promised the money, to the byte as before, and the customer has it once. */
async function expectRefundedOnce(stage: Stage, begun: Begun, { after, purposes }: Kind): Promise<void> {
  const { customer, payment, body, heard } = begun;
  const isPromised = ({ status, result, text }: RefundReply) => {
    expect([status, result]).toEqual([200, ACCEPTED]);
    if (heard !== null) expect(text).toBe(heard);
  };
  const repeats = await Promise.all([stage.refunds.refund(body), stage.refunds.refund(body)]);
  for (const reply of repeats) isPromised(reply);
  expect(new Set(repeats.map(({ text }) => text)).size).toBe(1);
  await creditingLeaseIsOver(stage, begun);
  await untilStanding(stage, begun, after);
  await stage.leaseIsOver(payment);
  await stage.untilDelivered(payment);
  isPromised(await stage.refunds.refund(body));
  const other = await stage.refunds.refund({ ...body, refundAmount: '31.00' });
  expect(other.result?.resultCode).toBe('PARAM_ILLEGAL');
  expect(await standing(stage, begun)).toEqual(after);
  expect(await stage.purposes(payment)).toEqual(purposes);
  const app = await stage.mpp.as(customer);
  expect((await app.payment(payment)).body).toMatchObject({ refundedAmount: AMOUNT });
  expect(await app.balance()).toBe(after.balance);
  expect(await stage.mpp.trialBalance()).toMatchObject({ balanced: true });
}

/** What the PS heard before the end; the rest of it is under way then. */
async function heardAndUnderWay(stage: Stage, lost: Lost, at: (begun: Begun) => Statements): Promise<Begun> {
  const begun = await prepare(stage, CONFIRMED);
  const silent = stage.proxy.silence(lost, ...at(begun));
  const reply = await stage.refunds.refund(begun.body);
  expect(reply.result).toEqual(ACCEPTED);
  await silent;
  return { ...begun, heard: reply.text };
}

/** The crediting alone posts refunds with a customer's account. */
const crediting = ({ account }: Begun): string[] => ['ledger_post(', 'REFUND', account];

/** Each test has a server killed at one step between a refund's arrival and its credit, and asks another one again. */
describe('kill -9', () => {
  describe('around a refund', () => {
    const killed = crash(BEFORE, AFTER);

    /** The PS's call is under way, and this statement is as far as it came; nobody lives to answer. */
    async function cutOff(stage: Stage, kind: Kind, lost: Lost, at: (refundId: string) => Statements): Promise<Begun> {
      const begun = await prepare(stage, kind);
      const silent = stage.proxy.silence(lost, ...at(begun.refundId));
      stage.cutOff(stage.refunds.refund(begun.body));
      await silent;
      await untilStanding(stage, begun, lost === 'statement' ? kind.before : kind.decided);
      return begun;
    }
    const commit = (refundId: string): Statements => [['insert into refund_calls', refundId], 'COMMIT'];

    describe.each(KINDS)('of $what', (kind) => {
      killed(
        'before anything is known of it: nothing has happened, and the PS’s next call is its first',
        (stage) => cutOff(stage, kind, 'statement', (refundId) => [['from refunds where refund_id', refundId]]),
        (stage, begun) => expectRefundedOnce(stage, begun, kind),
      );

      killed(
        'before its decision is committed: nothing has happened, and the PS’s next call is its first',
        (stage) => cutOff(stage, kind, 'statement', commit),
        (stage, begun) => expectRefundedOnce(stage, begun, kind),
      );

      killed(
        'after its decision is committed, before the PS heard of it: the next call is answered by it',
        (stage) => cutOff(stage, kind, 'answer', commit),
        (stage, begun) => expectRefundedOnce(stage, begun, kind),
      );
    });

    killed(
      'in the middle of its crediting, all of it written and nothing committed: the PS’s promise stands, and the next server keeps it',
      async (stage) => {
        const begun = await heardAndUnderWay(stage, 'statement', (known) => [crediting(known), 'COMMIT']);
        expect(await standing(stage, begun)).toEqual(PROMISED);
        return begun;
      },
      (stage, begun) => expectRefundedOnce(stage, begun, CONFIRMED),
    );

    killed(
      'after the PS heard SUCCESS, before its crediting began: the promise stands, and the next server keeps it unasked',
      async (stage) => {
        // The crediting of the test before this one stands still: this one waits for it, in the server that claimed it.
        const begun = await prepare(stage, CONFIRMED);
        const reply = await stage.refunds.refund(begun.body);
        expect(await standing(stage, begun)).toEqual(PROMISED);
        const [message] = await stage.database.query<{ attempts: number; claimed: boolean }>(
          `select attempts, lease is not null as claimed from outbox_messages m
           where key = (select id::text from refunds where refund_id = $1)`,
          [begun.refundId],
        );
        expect(message).toEqual({ attempts: 1, claimed: true });
        return { ...begun, heard: reply.text };
      },
      async (stage, begun) => {
        await creditingLeaseIsOver(stage, begun);
        await untilStanding(stage, begun, CREDITED);
        await expectRefundedOnce(stage, begun, CONFIRMED);
      },
    );
  });

  describe('after a crediting is committed, before its server heard of it', () => {
    const killed = crash(BEFORE, AFTER);

    killed(
      'leaves the customer with the money, and the next server credits nothing',
      async (stage) => {
        const begun = await heardAndUnderWay(stage, 'answer', (known) => [crediting(known), 'COMMIT']);
        await untilStanding(stage, begun, CREDITED);
        return begun;
      },
      (stage, begun) => expectRefundedOnce(stage, begun, CONFIRMED),
    );
  });
});
