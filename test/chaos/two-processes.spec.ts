import { beforeAll, describe, expect, it } from '@jest/globals';
import { happyKaspi } from '../support/kaspi-peer.js';
import { ServerProcess } from '../support/server-process.js';
import { until } from '../support/until.js';
import { twoProcesses } from './two-processes.js';

const ALIA = '900900000001';
const BEKZAT = '900900000002';

describe('two server processes on one database', () => {
  const fixture = twoProcesses({ CONFIRM_WAIT_MS: '10000', NOTIFY_RETRY_BASE_MS: '100' });
  let one: ServerProcess;
  let two: ServerProcess;

  beforeAll(async () => {
    ({ one, two } = fixture);
    await one.mpp.open(ALIA, '10000.00');
    await one.mpp.open(BEKZAT, '10000.00');
  });

  it('20 confirms of one payment at the same moment are one debit, one notify, and 20 equal answers', async () => {
    const callers = await Promise.all([one, two].map((server) => server.mpp.as(ALIA)));
    const { id } = (await (await one.mpp.as(ALIA)).scan('twenty')).body.payment;
    // The PS answers only after both servers have shown the payment once more.
    const happy = happyKaspi();
    let answer: () => void = () => undefined;
    const released = new Promise<void>((resolve) => {
      answer = resolve;
    });
    fixture.kaspi.script = async (request, index) => {
      await released;
      return happy(request, index);
    };
    const confirms = Array.from({ length: 20 }, (_, index) => callers[index % 2]?.confirm(id));
    await until(
      'the notify has arrived',
      () => fixture.kaspi.of('notifyPayment').length,
      (count) => count > 0,
    );
    for (const caller of callers) expect((await caller.payment(id)).body.status).toBe('PROCESSING');
    answer();
    const answers = await Promise.all(confirms);
    expect(answers.map((answer) => answer?.status)).toEqual(Array.from({ length: 20 }, () => 200));
    const bodies = answers.map((answer) => {
      const { serverTime: _, ...payment } = answer?.body ?? { serverTime: null };
      return payment;
    });
    expect(bodies[0]).toMatchObject({ id, status: 'CONFIRMED', kaspiOperationId: 'QR2509155449' });
    for (const body of bodies) expect(body).toEqual(bodies[0]);

    expect(fixture.kaspi.of('notifyPayment')).toHaveLength(1);
    expect(
      await fixture.database.query('select purpose from ledger_entries where reference = $1 order by id', [id]),
    ).toEqual([{ purpose: 'PAYMENT' }, { purpose: 'SETTLEMENT' }]);
    expect(await callers[0]?.balance()).toBe('9900.00');
    fixture.kaspi.script = happy;
  });

  it('of two customers who confirm one purchase through two processes one is debited, in every round', async () => {
    const [alia, bekzat] = [await one.mpp.as(ALIA), await two.mpp.as(BEKZAT)];
    for (let round = 0; round < 10; round++) {
      const purchase = `both-${round}`;
      const [a, b] = await Promise.all([alia.scan(purchase), bekzat.scan(purchase)]);
      const answers = await Promise.all([alia.confirm(a.body.payment.id), bekzat.confirm(b.body.payment.id)]);
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    }
    const debits = await fixture.database.query<{ count: string }>(
      `select count(*) from qr_payments where kaspi_payment_id like 'ps-both-%' and debited_at is not null`,
    );
    expect(debits).toEqual([{ count: '10' }]);
  });

  it('a customer’s scans of one purchase through both processes at once are one payment', async () => {
    const scans = await Promise.all(
      [one, two, one, two].map(async ({ mpp }) => (await mpp.as(ALIA)).scan('scan-race')),
    );
    expect(new Set(scans.map(({ body }) => body.payment.id)).size).toBe(1);
    expect(scans.map(({ status }) => status).sort()).toEqual([200, 200, 200, 201]);
  });

  it('a message that one process leaves is delivered by the other one', async () => {
    const env = {
      DATABASE_URL: fixture.database.url,
      KASPI_BASE_URL: fixture.kaspi.url,
      BACKGROUND_WORK: 'off',
      CONFIRM_WAIT_MS: '10',
    };
    const idle = await ServerProcess.start(env);
    let id = '';
    try {
      const alia = await idle.mpp.as(ALIA);
      id = (await alia.scan('left-over')).body.payment.id;
      await fixture.kaspi.close();
      expect((await alia.confirm(id)).body.status).toBe('PROCESSING');
    } finally {
      await idle.stop();
      await fixture.kaspi.open();
    }
    await until(
      'CONFIRMED',
      async () => (await one.mpp.as(ALIA)).payment(id),
      ({ body }) => body.status === 'CONFIRMED',
    );
  });

  it('the books balance', async () => {
    expect(await two.mpp.trialBalance()).toMatchObject({ balanced: true });
  });
});
