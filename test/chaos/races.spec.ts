import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { FILLED, happyKaspi, KaspiPeer, type Reply, refusal, type Script } from '../support/kaspi-peer.js';
import type { PaymentBody } from '../support/mpp.js';
import { ServerProcess } from '../support/server-process.js';
import { until } from '../support/until.js';

const ALIA = '900900000001';
const ROUNDS = 8;

/** Two server processes, one database: whoever is quicker, one of two decisions holds, and the money is somewhere once. */
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
      CONFIRM_WAIT_MS: '2000',
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
  const become = async (id: string, ...statuses: string[]) => {
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

  /** Both acts have read the payment and wait to write before either may: the first of them will be the first to write. */
  async function meet<A, B>(id: string, first: () => Promise<A>, second: () => Promise<B>): Promise<[A, B]> {
    const gate = await database.connect();
    try {
      await gate.query('begin');
      await gate.query('select 1 from qr_payments where id = $1 for update', [id]);
      const waiting = (count: number) =>
        until(
          `${count} wait to write`,
          () =>
            // Not through the gate: within a transaction the view stays as it was first read.
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
    'confirm and cancel, both about to write: %s where that one is first, and the PS is told that one alone',
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
      expect((await become(id, 'CONFIRMED', 'CANCELLED')).status).toBe(expected);
      expect(await journal(id)).toEqual(debited ? ['PAYMENT', 'SETTLEMENT'] : []);
      expect(before - (await tiyn())).toBe(debited ? 10_000n : 0n);
      await until(
        'the PS is told',
        () => notified(id),
        (told) => told.length > 0,
      );
      expect(notified(id)).toEqual([debited ? 'SUCCESS' : 'CANCELLED_BY_CLIENT']);
    },
  );

  it('confirm and confirm, both about to write: one debit, one notify, two equal answers', async () => {
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

  it('confirm and expiry: debited in time or not at all', async () => {
    const [here] = await callers();
    for (let round = 0; round < ROUNDS; round++) {
      const deadline = Date.now() + 150;
      kaspi.script = happyKaspi({ confirmUntil: new Date(deadline).toISOString() });
      const { id } = await scanned('deadline');
      const before = await tiyn();
      // Around the last moment: some come in time, some do not.
      const moment = deadline - 12 + round * 3;
      await until('the deadline comes', Date.now, (now) => now >= moment - 20);
      while (Date.now() < moment) await new Promise(setImmediate);
      const { body } = await here.confirm(id);
      expect(['CONFIRMED', 'EXPIRED']).toContain(body.status);
      const debited = body.status === 'CONFIRMED';
      expect((await become(id, 'CONFIRMED', 'EXPIRED')).status).toBe(body.status);
      expect(await journal(id)).toEqual(debited ? ['PAYMENT', 'SETTLEMENT'] : []);
      expect(before - (await tiyn())).toBe(debited ? 10_000n : 0n);
      expect(notified(id)).toEqual(debited ? ['SUCCESS'] : []);
    }
  });

  it('two checkouts of one form with different values: one set of values reaches the PS, the other is refused', async () => {
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
    /** Notifies go unanswered until the payment is in doubt; the next attempt is in the air until it is answered. */
    async function inTheAir(answer: Reply) {
      let release: () => void = () => undefined;
      const answered = new Promise<void>((resolve) => {
        release = resolve;
      });
      const { id } = await scanned('doubt');
      const [here] = await callers();
      const happy = happyKaspi();
      let holds = false;
      let heldBack = 0;
      const script: Script = async (request, index) => {
        if (!request.path.endsWith('/notifyPayment')) return happy(request, index);
        if (!holds) return 'reset';
        heldBack++;
        await answered;
        return answer;
      };
      kaspi.script = script;
      // It is not waited for: the caller reads 202 when its time is over.
      void here.confirm(id);
      await become(id, 'IN_DOUBT');
      holds = true;
      await until(
        'an attempt is in the air',
        () => heldBack,
        (count) => count > 0,
      );
      return { id, release };
    }

    it('a reversal waits for the attempt in the air: it says SUCCESS, and the operator is told so (R36)', async () => {
      const before = await tiyn();
      const { id, release } = await inTheAir({ json: { result: { resultCode: 'SUCCESS', resultMessage: 'success' } } });
      const resolving = two.mpp.resolve(id, 'REVERSED');
      expect((await (await one.mpp.as(ALIA)).payment(id)).body.status).toBe('IN_DOUBT');
      release();
      expect(await resolving).toMatchObject({ status: 409, body: { code: 'STATE_CONFLICT' } });
      expect((await become(id, 'CONFIRMED')).status).toBe('CONFIRMED');
      expect(await journal(id)).toEqual(['PAYMENT', 'SETTLEMENT']);
      expect(before - (await tiyn())).toBe(10_000n);
    });

    it('a reversal waits for the attempt in the air: it brings nothing, and the money goes back; no notify follows', async () => {
      const before = await tiyn();
      const { id, release } = await inTheAir('reset');
      const resolving = two.mpp.resolve(id, 'REVERSED');
      expect((await (await one.mpp.as(ALIA)).payment(id)).body.status).toBe('IN_DOUBT');
      release();
      expect(await resolving).toMatchObject({ status: 200, body: { status: 'REVERSED' } });
      expect(await journal(id)).toEqual(['PAYMENT', 'REVERSAL']);
      expect(await tiyn()).toBe(before);
      expect(await database.query('select 1 from outbox_messages where key = $1', [id])).toEqual([]);
    });

    it('a confirmation does not wait; the refusal that then comes is a difference, and the customer’s balance stays (R36)', async () => {
      const before = await tiyn();
      const { id, release } = await inTheAir(refusal('RISK_REJECT'));
      expect(await two.mpp.resolve(id, 'CONFIRMED')).toMatchObject({ status: 200, body: { status: 'CONFIRMED' } });
      release();
      await until(
        'the difference is booked',
        () => journal(id),
        (purposes) => purposes.length === 3,
      );
      expect(await journal(id)).toEqual(['PAYMENT', 'SETTLEMENT', 'DIFFERENCE']);
      expect(before - (await tiyn())).toBe(10_000n);
      expect((await become(id, 'CONFIRMED')).status).toBe('CONFIRMED');
      expect(await database.query('select 1 from outbox_messages where key = $1', [id])).toEqual([]);
    });

    it('two operators with two opinions: one of them settles it', async () => {
      const before = await tiyn();
      const { id, release } = await inTheAir('reset');
      const both = Promise.all([one.mpp.resolve(id, 'CONFIRMED'), two.mpp.resolve(id, 'REVERSED')]);
      release();
      const answers = await both;
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
      const { status } = await become(id, 'CONFIRMED', 'REVERSED');
      expect(before - (await tiyn())).toBe(status === 'CONFIRMED' ? 10_000n : 0n);
      kaspi.script = happyKaspi();
      const lines = await database.query(`select action from access_audit where subject = $1`, [id]);
      expect(lines).toEqual([{ action: 'PAYMENT_RESOLVED' }]);
    });
  });

  it('whoever follows a payment in one process sees what the other one does, to the end', async () => {
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
