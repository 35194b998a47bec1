import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { happyKaspi } from '../support/kaspi-peer.js';
import { Mpp } from '../support/mpp.js';
import { type PaymentFixture, paymentFixture } from '../support/payment-fixture.js';
import { expectProblem, type ProblemAnswer } from '../support/problems.js';
import { ACCEPTED, PsRefunds } from '../support/ps-refunds.js';
import { until } from '../support/until.js';

/**
 * After a failover the server's open connections still lead to the old primary, which accepts no writes any more, and new
 * connections to the new one. Here a session keeps what its database said when it was opened.
 */
describe('a database that becomes read-only', () => {
  // Not through a pooler: the connections of the server are what it is about.
  const fixture: PaymentFixture = paymentFixture(() => ({
    ...{ DATABASE_URL: fixture.database.ownerUrl, DATABASE_POOL_SIZE: '5' },
    ...{ CONFIRM_WAIT_MS: '60000', OUTBOX_POLL_MS: '50' },
  }));

  const readOnly = async (value: 'on' | 'off') => {
    const [{ name } = { name: '' }] = await fixture.database.query<{ name: string }>(
      'select current_database() as name',
    );
    await fixture.database.query(`alter database ${name} set default_transaction_read_only = ${value}`);
  };

  const sessions = () =>
    fixture.database.query<{ pid: number }>(
      "select pid from pg_stat_activity where datname = current_database() and application_name = 'mpp-server'",
    );

  /** All connections of the server are to the old primary from now on. */
  async function demoted(): Promise<void> {
    await readOnly('on');
    await fixture.database.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and application_name = 'mpp-server'`,
    );
    await until(
      'the server connects again',
      async () => [await ready(), await sessions()] as const,
      ([answer, open]) => answer.body.error?.database?.message === 'the database accepts no writes' && open.length > 0,
    );
  }

  type Readiness = { error?: { database?: { message: string } } };
  const ready = (listener = fixture.server.mpp) => listener.call<Readiness>('GET', '/health/ready');

  let alia: Awaited<ReturnType<typeof fixture.customer>>;
  let id: string;
  beforeEach(async () => {
    alia = await fixture.customer();
    id = (await alia.scan(`bought by ${alia.id}`)).body.payment.id;
  });

  afterEach(async () => {
    await readOnly('off');
    await until('readiness', ready, ({ status }) => status === 200);
  });

  it('answers confirms and refunds with 503 and is not ready, for as long as it reaches no other', async () => {
    await demoted();
    for (let n = 0; n < 3; n++) {
      expectProblem((await alia.confirm(id)) as unknown as ProblemAnswer, 503, 'SERVICE_UNAVAILABLE');
      for (const listener of [fixture.server.mpp, new Mpp(fixture.server.kaspiUrl)]) {
        expect(await ready(listener)).toMatchObject({
          status: 503,
          body: { error: { database: { status: 'down', message: 'the database accepts no writes' } } },
        });
      }
    }
    const ps = new PsRefunds(`${fixture.server.kaspiUrl}/refund`);
    expect((await ps.refund({ paymentId: 'any', customerId: alia.id })).status).toBe(503);
    expect((await fixture.server.mpp.call('GET', '/health/live')).status).toBe(200);
    expect((await alia.payment(id)).body.status).toBe('AWAITING_CONFIRMATION');
    expect(fixture.kaspi.of('notifyPayment')).toEqual([]);
  });

  it('costs one confirm when a new primary answers: its 503 replaces all connections, and the next confirm is paid', async () => {
    await demoted();
    // Several connections to the old primary, idle in the pool.
    await Promise.all(Array.from({ length: 5 }, () => alia.payment(id)));
    const old = new Set((await sessions()).map(({ pid }) => pid));
    await readOnly('off');
    const first = await alia.confirm(id);
    const paid = first.status === 503 ? await alia.confirm(id) : first;
    expect(paid).toMatchObject({ status: 200, body: { status: 'CONFIRMED' } });
    const left = await until('the old connections end', sessions, (open) => open.every(({ pid }) => !old.has(pid)));
    expect(left.length).toBeGreaterThan(0);
    expect((await ready()).status).toBe(200);
    expect(await alia.balance()).toBe('900.00');
  });

  it('is found by readiness without any write, which then finds the new primary', async () => {
    await demoted();
    await readOnly('off');
    await until('readiness', ready, ({ status }) => status === 200);
    expect(await alia.confirm(id)).toMatchObject({ status: 200, body: { status: 'CONFIRMED' } });
  });

  it('loses no answer of the PS that arrives meanwhile: the payment is confirmed by a repeat, with one debit', async () => {
    const happy = happyKaspi();
    const lines = jest.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    let attempts = 0;
    fixture.kaspi.script = async (request, index) => {
      if (request.path.endsWith('/notifyPayment') && attempts++ === 0) await demoted();
      return happy(request, index);
    };
    const confirming = alia.confirm(id);
    await until(
      'the answer cannot be written',
      () => lines.mock.calls.map(([line]) => String(line)),
      (logged) => logged.some((line) => line.includes('could not be settled')),
    );
    lines.mockRestore();
    await readOnly('off');
    // The customer has been waiting since.
    const { status, body } = await confirming;
    expect([status, body.status, body.receipt === null]).toEqual([200, 'CONFIRMED', false]);
    expect(await fixture.journal(id)).toEqual(['PAYMENT', 'SETTLEMENT']);
    const notifies = fixture.kaspi.of('notifyPayment').map(({ body }) => body);
    expect([notifies.length > 1, new Set(notifies).size]).toEqual([true, 1]);
    const purchase = { paymentId: `ps-bought by ${alia.id}`, customerId: alia.id };
    const ps = new PsRefunds(`${fixture.server.kaspiUrl}/refund`);
    expect(await ps.refund(purchase)).toMatchObject({ status: 200, result: ACCEPTED });
  });
});
