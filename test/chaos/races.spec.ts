import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { FILLED, happyKaspi, KaspiPeer, type Reply, refusal, type Script } from '../support/kaspi-peer.js';
import type { PaymentBody } from '../support/mpp.js';
import { ServerProcess } from '../support/server-process.js';
import { until } from '../support/until.js';

const ALIA = '900900000001';
const ROUNDS = 8;

/** Two server processes on one database: of two decisions at the same moment one counts, and no money is lost or made. */
describe('at the same moment in two processes', () => {
  let database: TestDatabase;
  let kaspi: KaspiPeer;
  let one: ServerProcess;
  let two: ServerProcess;
  let purchases = 0;

  beforeAll(async () => {
    database = await createDatabase();
    kaspi = await KaspiPeer.start();
    const env = {
      DATABASE_URL: database.url,
      KASPI_BASE_URL: kaspi.url,
      CONFIRM_WAIT_MS: '5000',
      CONFIRM_MARGIN_MS: '0',
      EXPIRY_POLL_MS: '10',
      IN_DOUBT_AFTER_MS: '1',
      NOTIFY_RETRY_BASE_MS: '20',
      NOTIFY_RETRY_MAX_MS: '40',
      OUTBOX_POLL_MS: '10',
    };
    [one, two] = await Promise.all([ServerProcess.start(env), ServerProcess.start(env)]);
    await one.mpp.open(ALIA, '100000.00');
  });

  afterAll(async () => {
    await Promise.all([one.stop(), two.stop()]);
    await kaspi.close();
    await database.drop();
  });

  beforeEach(() => {
    kaspi.script = happyKaspi();
    kaspi.arrived.length = 0;
  });

  const callers = () => Promise.all([one.mpp.as(ALIA), two.mpp.as(ALIA)]);
  const journal = async (id: string) =>
    (
      await database.query<{ purpose: string }>('select purpose from ledger_entries where reference = $1 order by id', [
        id,
      ])
    ).map(({ purpose }) => purpose);
  const tiyn = async () => {
    const rows = await database.query<{ balance: string }>(
      'select balance from ledger_accounts where customer_id = $1',
      [ALIA],
    );
    return BigInt(rows[0]?.balance ?? 0);
  };
  const untilStatus = async (id: string, ...statuses: string[]) => {
    const caller = await two.mpp.as(ALIA);
    const { body } = await until(
      `${id} becomes ${statuses.join(' or ')}`,
      () => caller.payment(id),
      (answer) => statuses.includes(answer.body.status),
    );
    return body;
  };
  const notified = (id: string) =>
    kaspi
      .of('notifyPayment')
      .map(({ body }) => JSON.parse(body) as { result: { resultCode: string }; payment: { mppPaymentId: string } })
      .filter(({ payment }) => payment.mppPaymentId === id)
      .map(({ result }) => result.resultCode);

  async function scanned(qrCode = 'race'): Promise<PaymentBody> {
    const [alia] = await callers();
    return (await alia.scan(`${qrCode}-${++purchases}`)).body.payment;
  }

  /** Both calls have read the payment and wait for its lock before either may write; the first one writes first. */
  async function meet<A, B>(id: string, first: () => Promise<A>, second: () => Promise<B>): Promise<[A, B]> {
    const gate = await database.connect();
    try {
      await gate.query('begin');
      await gate.query('select 1 from qr_payments where id = $1 for update', [id]);
      const waiting = (count: number) =>
        until(
          `${count} wait to write`,
          () =>
            // Not in the gate's session: inside a transaction the view does not change.
            database.query(
              `select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
            ),
          (blocked) => blocked.length === count,
        );
      const one = first();
      await waiting(1);
      const other = second();
      await waiting(2);
      await gate.query('commit');
      return await Promise.all([one, other]);
    } finally {
      await gate.end();
    }
  }

  it.each(['CONFIRMED', 'CANCELLED'] as const)(
    'a confirm and a cancel, both about to write: the first one makes it %s, and the PS is notified of that only',
    async (expected) => {
      const [here, there] = await callers();
      const { id } = await scanned();
      const before = await tiyn();
      const debited = expected === 'CONFIRMED';
      const [confirm, cancel] = [() => here.confirm(id), () => there.cancel(id)];
      const answers = await meet(
        id,
        ...((debited ? [confirm, cancel] : [cancel, confirm]) as [typeof confirm, typeof cancel]),
      );
      expect(answers.map(({ status }) => status).sort()).toEqual(debited ? [200, 409] : [200, 200]);
      expect((await untilStatus(id, 'CONFIRMED', 'CANCELLED')).status).toBe(expected);
      expect(await journal(id)).toEqual(debited ? ['PAYMENT', 'SETTLEMENT'] : []);
      expect(before - (await tiyn())).toBe(debited ? 10_000n : 0n);
      await until(
        'a notify',
        () => notified(id),
        (codes) => codes.length > 0,
      );
      expect(notified(id)).toEqual([debited ? 'SUCCESS' : 'CANCELLED_BY_CLIENT']);
    },
  );

  it('two confirms, both about to write: one debit, one notify, two equal answers', async () => {
    const [here, there] = await callers();
    const { id } = await scanned();
    const before = await tiyn();
    const answers = await meet(
      id,
      () => here.confirm(id),
      () => there.confirm(id),
    );
    expect(answers.map(({ status, body }) => [status, body.status])).toEqual([
      [200, 'CONFIRMED'],
      [200, 'CONFIRMED'],
    ]);
    expect(await journal(id)).toEqual(['PAYMENT', 'SETTLEMENT']);
    expect(before - (await tiyn())).toBe(10_000n);
    expect(notified(id)).toEqual(['SUCCESS']);
  });

  it('a confirm and the expiry: debited in time or not at all', async () => {
    const [here] = await callers();
    for (let round = 0; round < ROUNDS; round++) {
      const deadline = Date.now() + 150;
      kaspi.script = happyKaspi({ confirmUntil: new Date(deadline).toISOString() });
      const { id } = await scanned('deadline');
      const before = await tiyn();
      // Around the last moment: some confirms are in time, some are late.
      const moment = deadline - 12 + round * 3;
      await until('the deadline comes', Date.now, (now) => now >= moment - 20);
      while (Date.now() < moment) await new Promise(setImmediate);
      const { body } = await here.confirm(id);
      expect(['CONFIRMED', 'EXPIRED']).toContain(body.status);
      const debited = body.status === 'CONFIRMED';
      expect((await untilStatus(id, 'CONFIRMED', 'EXPIRED')).status).toBe(body.status);
      expect(await journal(id)).toEqual(debited ? ['PAYMENT', 'SETTLEMENT'] : []);
      expect(before - (await tiyn())).toBe(debited ? 10_000n : 0n);
      expect(notified(id)).toEqual(debited ? ['SUCCESS'] : []);
    }
  });

  it('two checkouts with different values: one set of values reaches the PS, the other is refused', async () => {
    const [here, there] = await callers();
    for (let round = 0; round < 2; round++) {
      kaspi.arrived.length = 0;
      const { id } = await scanned('custom');
      const other = [{ id: 3932, value: '001AAA01' }, ...FILLED.slice(1)];
      const answers = await meet(
        id,
        () => here.checkout(id, FILLED),
        () => there.checkout(id, other),
      );
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
      expect(new Set(kaspi.of('checkout').map(({ body }) => body)).size).toBe(1);
    }
  });

  describe('an operator and the PS', () => {
    /** Notifies are not answered until the payment is in doubt; the next attempt stays under way until it is released. */
    async function attemptUnderWay(answer: Reply) {
      let release: () => void = () => undefined;
      const answered = new Promise<void>((resolve) => {
        release = resolve;
      });
      const { id } = await scanned('doubt');
      const [here] = await callers();
      const happy = happyKaspi();
      let holding = false;
      let held = 0;
      const script: Script = async (request, index) => {
        if (!request.path.endsWith('/notifyPayment')) return happy(request, index);
        if (!holding) return 'reset';
        held++;
        await answered;
        return answer;
      };
      kaspi.script = script;
      // Not awaited: it is answered 202 after CONFIRM_WAIT_MS.
      void here.confirm(id);
      await untilStatus(id, 'IN_DOUBT');
      holding = true;
      await until(
        'an attempt under way',
        () => held,
        (count) => count > 0,
      );
      return { id, release };
    }

    it('a reversal waits for the attempt under way: it is answered SUCCESS, and the operator gets 409 (R36)', async () => {
      const before = await tiyn();
      const { id, release } = await attemptUnderWay({
        json: { result: { resultCode: 'SUCCESS', resultMessage: 'success' } },
      });
      const resolving = two.mpp.resolve(id, 'REVERSED');
      expect((await (await one.mpp.as(ALIA)).payment(id)).body.status).toBe('IN_DOUBT');
      release();
      expect(await resolving).toMatchObject({ status: 409, body: { code: 'STATE_CONFLICT' } });
      expect((await untilStatus(id, 'CONFIRMED')).status).toBe('CONFIRMED');
      expect(await journal(id)).toEqual(['PAYMENT', 'SETTLEMENT']);
      expect(before - (await tiyn())).toBe(10_000n);
    });

    it('a reversal waits for the attempt under way: it is not answered, and the debit is reversed; no notify follows', async () => {
      const before = await tiyn();
      const { id, release } = await attemptUnderWay('reset');
      const resolving = two.mpp.resolve(id, 'REVERSED');
      expect((await (await one.mpp.as(ALIA)).payment(id)).body.status).toBe('IN_DOUBT');
      release();
      expect(await resolving).toMatchObject({ status: 200, body: { status: 'REVERSED' } });
      expect(await journal(id)).toEqual(['PAYMENT', 'REVERSAL']);
      expect(await tiyn()).toBe(before);
      expect(await database.query('select 1 from outbox_messages where key = $1', [id])).toEqual([]);
    });

    it('a confirmation does not wait; a refusal afterwards is booked as a difference, and the customer’s balance stays (R36)', async () => {
      const before = await tiyn();
      const { id, release } = await attemptUnderWay(refusal('RISK_REJECT'));
      expect(await two.mpp.resolve(id, 'CONFIRMED')).toMatchObject({ status: 200, body: { status: 'CONFIRMED' } });
      release();
      await until(
        'the difference is booked',
        () => journal(id),
        (purposes) => purposes.length === 3,
      );
      expect(await journal(id)).toEqual(['PAYMENT', 'SETTLEMENT', 'DIFFERENCE']);
      expect(before - (await tiyn())).toBe(10_000n);
      expect((await untilStatus(id, 'CONFIRMED')).status).toBe('CONFIRMED');
      expect(await database.query('select 1 from outbox_messages where key = $1', [id])).toEqual([]);
    });

    it('of two operators who decide differently one settles the payment', async () => {
      const before = await tiyn();
      const { id, release } = await attemptUnderWay('reset');
      const both = Promise.all([one.mpp.resolve(id, 'CONFIRMED'), two.mpp.resolve(id, 'REVERSED')]);
      release();
      const answers = await both;
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
      const { status } = await untilStatus(id, 'CONFIRMED', 'REVERSED');
      expect(before - (await tiyn())).toBe(status === 'CONFIRMED' ? 10_000n : 0n);
      kaspi.script = happyKaspi();
      const lines = await database.query(`select action from access_audit where subject = $1`, [id]);
      expect(lines).toEqual([{ action: 'PAYMENT_RESOLVED' }]);
    });
  });

  it('a client that follows a payment in one process sees the changes of the other one, to the end', async () => {
    const [here, there] = await callers();
    kaspi.script = happyKaspi();
    const { id } = await scanned('followed');
    const seen: string[] = [];
    for await (const { status } of here.events(id)) {
      seen.push(status);
      if (seen.length === 1) await there.confirm(id);
    }
    expect(seen[0]).toBe('AWAITING_CONFIRMATION');
    expect(seen.at(-1)).toBe('CONFIRMED');
    expect(new Set(seen).size).toBe(seen.length);
  });

  it('the books balance', async () => {
    expect(await one.mpp.trialBalance()).toMatchObject({ balanced: true });
  });
});
