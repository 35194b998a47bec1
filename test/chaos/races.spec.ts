import { describe, expect, it } from '@jest/globals';
import { FILLED, happyKaspi, type Reply, refusal, type Script } from '../support/kaspi-peer.js';
import { until } from '../support/until.js';
import { ALIA, raceFixture } from './race-fixture.js';

const ROUNDS = 8;

/** Two server processes on one database: of two decisions at the same moment one takes effect, and the balances stay right. */
describe('at the same moment in two processes', () => {
  const { fixture, callers, journal, tiyn, untilStatus, notified, scanned, meet } = raceFixture();

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

  it('a confirm and the expiry: debited in time or not debited', async () => {
    const [here] = await callers();
    for (let round = 0; round < ROUNDS; round++) {
      const deadline = Date.now() + 150;
      fixture.kaspi.script = happyKaspi({ confirmUntil: new Date(deadline).toISOString() });
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
      fixture.kaspi.arrived.length = 0;
      const { id } = await scanned('custom');
      const other = [{ id: 3932, value: '001AAA01' }, ...FILLED.slice(1)];
      const answers = await meet(
        id,
        () => here.checkout(id, FILLED),
        () => there.checkout(id, other),
      );
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
      expect(new Set(fixture.kaspi.of('checkout').map(({ body }) => body)).size).toBe(1);
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
      let heldAttempts = 0;
      const script: Script = async (request, index) => {
        if (!request.path.endsWith('/notifyPayment')) return happy(request, index);
        if (!holding) return 'reset';
        heldAttempts++;
        await answered;
        return answer;
      };
      fixture.kaspi.script = script;
      // Not awaited: it is answered 202 after CONFIRM_WAIT_MS.
      void here.confirm(id);
      await untilStatus(id, 'IN_DOUBT');
      holding = true;
      await until(
        'an attempt under way',
        () => heldAttempts,
        (count) => count > 0,
      );
      return { id, release };
    }

    it('a reversal waits for the attempt under way: it is answered SUCCESS, and the operator gets 409 (R36)', async () => {
      const before = await tiyn();
      const { id, release } = await attemptUnderWay({
        json: { result: { resultCode: 'SUCCESS', resultMessage: 'success' } },
      });
      const resolving = fixture.two.mpp.resolve(id, 'REVERSED');
      expect((await (await fixture.one.mpp.as(ALIA)).payment(id)).body.status).toBe('IN_DOUBT');
      release();
      expect(await resolving).toMatchObject({ status: 409, body: { code: 'STATE_CONFLICT' } });
      expect((await untilStatus(id, 'CONFIRMED')).status).toBe('CONFIRMED');
      expect(await journal(id)).toEqual(['PAYMENT', 'SETTLEMENT']);
      expect(before - (await tiyn())).toBe(10_000n);
    });

    it('a reversal waits for the attempt under way: it is not answered, and the debit is reversed; no notify follows', async () => {
      const before = await tiyn();
      const { id, release } = await attemptUnderWay('reset');
      const resolving = fixture.two.mpp.resolve(id, 'REVERSED');
      expect((await (await fixture.one.mpp.as(ALIA)).payment(id)).body.status).toBe('IN_DOUBT');
      release();
      expect(await resolving).toMatchObject({ status: 200, body: { status: 'REVERSED' } });
      expect(await journal(id)).toEqual(['PAYMENT', 'REVERSAL']);
      expect(await tiyn()).toBe(before);
      expect(await fixture.database.query('select 1 from outbox_messages where key = $1', [id])).toEqual([]);
    });

    it('a confirmation does not wait; a refusal afterwards is booked as a difference, and the customer’s balance stays (R36)', async () => {
      const before = await tiyn();
      const { id, release } = await attemptUnderWay(refusal('RISK_REJECT'));
      expect(await fixture.two.mpp.resolve(id, 'CONFIRMED')).toMatchObject({
        status: 200,
        body: { status: 'CONFIRMED' },
      });
      release();
      await until(
        'the difference is booked',
        () => journal(id),
        (purposes) => purposes.length === 3,
      );
      expect(await journal(id)).toEqual(['PAYMENT', 'SETTLEMENT', 'DIFFERENCE']);
      expect(before - (await tiyn())).toBe(10_000n);
      expect((await untilStatus(id, 'CONFIRMED')).status).toBe('CONFIRMED');
      expect(await fixture.database.query('select 1 from outbox_messages where key = $1', [id])).toEqual([]);
    });

    it('of two operators who decide differently one settles the payment', async () => {
      const before = await tiyn();
      const { id, release } = await attemptUnderWay('reset');
      const both = Promise.all([fixture.one.mpp.resolve(id, 'CONFIRMED'), fixture.two.mpp.resolve(id, 'REVERSED')]);
      release();
      const answers = await both;
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
      const { status } = await untilStatus(id, 'CONFIRMED', 'REVERSED');
      expect(before - (await tiyn())).toBe(status === 'CONFIRMED' ? 10_000n : 0n);
      fixture.kaspi.script = happyKaspi();
      const lines = await fixture.database.query(`select action from access_audit where subject = $1`, [id]);
      expect(lines).toEqual([{ action: 'PAYMENT_RESOLVED' }]);
    });
  });

  it('a client that follows a payment in one process receives all changes of the other process', async () => {
    const [here, there] = await callers();
    fixture.kaspi.script = happyKaspi();
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
    expect(await fixture.one.mpp.trialBalance()).toMatchObject({ balanced: true });
  });
});
