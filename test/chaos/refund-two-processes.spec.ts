import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { happyKaspi, KaspiPeer } from '../support/kaspi-peer.js';
import { ACCEPTED, PsRefunds, type RefundReply, refundBody } from '../support/ps-refunds.js';
import { ServerProcess } from '../support/server-process.js';
import { until } from '../support/until.js';

/** A load balancer decides which process the PS reaches. */
describe('refunds that reach two server processes on one database', () => {
  let database: TestDatabase;
  let kaspi: KaspiPeer;
  let servers: ServerProcess[];
  let purchases = 0;

  beforeAll(async () => {
    database = await createDatabase();
    kaspi = await KaspiPeer.start(happyKaspi({ amount: '1000.00' }));
    const env = {
      DATABASE_URL: database.url,
      KASPI_BASE_URL: kaspi.url,
      CONFIRM_WAIT_MS: '10000',
      OUTBOX_POLL_MS: '50',
    };
    servers = await Promise.all([ServerProcess.start(env), ServerProcess.start(env)]);
  });

  afterAll(async () => {
    await Promise.all(servers.map((server) => server.stop()));
    await kaspi.close();
    await database.drop();
  });

  const mpp = () => (servers[0] as ServerProcess).mpp;

  /** All at the same moment, alternately to both processes. */
  function refundAtOnce(bodies: readonly Record<string, unknown>[]): Promise<RefundReply[]> {
    const listeners = servers.map(({ kaspiUrl }) => new PsRefunds(`${kaspiUrl}/refund`));
    return Promise.all(bodies.map((body, index) => (listeners[index % listeners.length] as PsRefunds).refund(body)));
  }

  /** A customer who had 2000.00 and paid 1000.00. */
  async function paid() {
    const alia = await mpp().customer('2000.00');
    const qrCode = `both-${++purchases}`;
    const { id } = (await alia.scan(qrCode)).body.payment;
    expect((await alia.confirm(id)).body).toMatchObject({ status: 'CONFIRMED', amount: '1000.00' });
    return { alia, id, purchase: { customerId: alia.id, paymentId: `ps-${qrCode}` } };
  }
  type Paid = Awaited<ReturnType<typeof paid>>;

  /** The amounts of the credits in the journal, once nothing waits any more. */
  async function credited({ id }: Paid): Promise<string[]> {
    await until(
      'the credits',
      () =>
        database.query(`select 1 from refunds where payment_id = $1 and status not in ('CREDITED', 'REFUSED')`, [id]),
      (waiting) => waiting.length === 0,
    );
    const rows = await database.query<{ amount: string }>(
      `select e.amount from ledger_entries e join refunds r on e.reference = r.id::text
       where r.payment_id = $1 and e.purpose = 'REFUND' order by e.id`,
      [id],
    );
    return rows.map(({ amount }) => amount);
  }

  const codes = (replies: readonly RefundReply[]) => replies.map(({ result }) => result?.resultCode);

  it('as 50 copies at the same moment are one credit and 50 equal answers', async () => {
    const payment = await paid();
    const body = refundBody({ ...payment.purchase, refundId: 'Fifty', refundAmount: '300.00' });
    const replies = await refundAtOnce(Array(50).fill(body));
    expect(replies.map(({ status }) => status)).toEqual(Array(50).fill(200));
    expect(replies[0]?.result).toEqual(ACCEPTED);
    expect(new Set(replies.map(({ text }) => text)).size).toBe(1);
    expect(await credited(payment)).toEqual(['30000']);
    expect(await payment.alia.balance()).toBe('1300.00');
    expect((await payment.alia.payment(payment.id)).body.refundedAmount).toBe('300.00');
    expect(await database.query(`select count(*)::int from refund_calls where refund_id = 'Fifty'`)).toEqual([
      { count: 50 },
    ]);
  });

  it('as 15 refunds of 100.00 of a payment of 1000.00 at the same moment: ten are accepted, five are refused', async () => {
    const payment = await paid();
    const bodies = Array.from({ length: 15 }, (_, index) =>
      refundBody({ ...payment.purchase, refundId: `Part${index}`, refundAmount: '100.00' }),
    );
    const replies = await refundAtOnce(bodies);
    expect(codes(replies).sort()).toEqual([...Array(5).fill('PARAM_ILLEGAL'), ...Array(10).fill('SUCCESS')]);
    expect(await credited(payment)).toEqual(Array(10).fill('10000'));
    expect(await payment.alia.balance()).toBe('2000.00');
    expect((await payment.alia.payment(payment.id)).body.refundedAmount).toBe('1000.00');
    // Repeats through the other process get the same answers.
    const again = await refundAtOnce([...bodies.slice(1), bodies[0] as Record<string, unknown>]);
    expect(again.map(({ text }) => text)).toEqual([...replies.slice(1), replies[0]].map((reply) => reply?.text));
    expect(await payment.alia.balance()).toBe('2000.00');
  });

  it('with one refundId and different contents at the same moment: one content is accepted and stays', async () => {
    for (let round = 0; round < 6; round++) {
      const [mine, other] = [await paid(), await paid()];
      const contents = [
        { ...mine.purchase, refundAmount: '10.00' },
        { ...mine.purchase, refundAmount: '20.00' },
        { ...other.purchase, refundAmount: '10.00' },
        { ...other.purchase, refundAmount: '20.00' },
      ];
      const bodies = Array.from({ length: 16 }, (_, index) =>
        refundBody({ ...contents[(index >> 1) % contents.length], refundId: `Race${round}` }),
      );
      const first = codes(await refundAtOnce(bodies));
      const taken = bodies.filter((_, index) => first[index] === 'SUCCESS');
      expect(taken).toHaveLength(4);
      const [winner] = taken;
      const isWinner = ({ paymentId, refundAmount }: Record<string, unknown>) =>
        paymentId === winner?.paymentId && refundAmount === winner?.refundAmount;
      expect(taken.every(isWinner)).toBe(true);
      const verdicts = bodies.map((body) => (isWinner(body) ? 'SUCCESS' : 'PARAM_ILLEGAL'));
      expect(codes(await refundAtOnce(bodies))).toEqual(verdicts);
      expect([...(await credited(mine)), ...(await credited(other))]).toEqual([
        winner?.refundAmount === '10.00' ? '1000' : '2000',
      ]);
    }
  });

  it('with one refundId, valid and refused contents at the same moment: the first one is final', async () => {
    for (let round = 0; round < 6; round++) {
      const payment = await paid();
      const bodies = Array.from({ length: 8 }, (_, index) =>
        refundBody({ ...payment.purchase, refundId: `Wrong${round}`, refundAmount: index < 4 ? '1000.00' : '1000.01' }),
      );
      const first = (await refundAtOnce(bodies)).map(({ text }) => text);
      expect((await refundAtOnce(bodies)).map(({ text }) => text)).toEqual(first);
      const taken = first.filter((text) => text.includes('SUCCESS'));
      expect([0, 4]).toContain(taken.length);
      expect(await credited(payment)).toEqual(taken.length === 4 ? ['100000'] : []);
    }
  });

  it('the books balance', async () => {
    expect(await mpp().trialBalance()).toMatchObject({ balanced: true });
  });
});
