import http from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { happyKaspi, KaspiPeer } from '../support/kaspi-peer.js';
import { ServerProcess } from '../support/server-process.js';
import { until } from '../support/until.js';

const CUSTOMERS = 20;
const PAYMENTS = 200;
/** A hundred confirms a second. */
const EVERY_MS = 10;
const POLL_MS = 200;

interface Answer {
  readonly status: number;
  readonly closes: boolean;
}

/** Two servers share a database; one is told to stop while customers pay on open connections. */
describe('SIGTERM under a hundred payments a second', () => {
  const agent = new http.Agent({ keepAlive: true, maxSockets: CUSTOMERS });
  let database: TestDatabase;
  let kaspi: KaspiPeer;
  let servers: ServerProcess[] = [];

  beforeAll(async () => {
    database = await createDatabase();
    kaspi = await KaspiPeer.start();
    const happy = happyKaspi();
    // The PS takes a while for each notify, so that some are under way at the stop.
    kaspi.script = async (request, index) => {
      if (request.path.endsWith('/notifyPayment')) await pause(50);
      return happy(request, index);
    };
    const env = {
      ...{ DATABASE_URL: database.url, KASPI_BASE_URL: kaspi.url, CONFIRM_WAIT_MS: '5000' },
      ...{ BACKGROUND_WORK: 'on', OUTBOX_POLL_MS: String(POLL_MS) },
    };
    servers = [await ServerProcess.start(env), await ServerProcess.start(env)];
  });

  afterAll(async () => {
    agent.destroy();
    for (const server of servers) await server.kill();
    await kaspi?.close();
    await database?.drop();
  });

  function confirm(url: string, token: string, id: string): Promise<Answer | 'refused' | 'reset'> {
    return new Promise((resolve) => {
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
      const request = http.request(
        `${url}/v1/payments/${id}/confirm`,
        { method: 'POST', agent, headers },
        (response) => {
          response.resume();
          response.on('end', () =>
            resolve({ status: response.statusCode ?? 0, closes: response.headers.connection === 'close' }),
          );
          response.on('error', () => resolve('reset'));
        },
      );
      // A connection that the server had closed, or that it did not take when it closed its listener.
      request.on('error', () => resolve('refused'));
      request.end('{}');
    });
  }

  it('answers or refuses every request cleanly, and leaves no debit untold for longer than a poll', async () => {
    const [stopped, other] = servers as [ServerProcess, ServerProcess];
    const { mpp } = stopped;
    const customers = await Promise.all(
      Array.from({ length: CUSTOMERS }, async () => {
        const { id, ...app } = await mpp.customer('100000.00');
        return { id, app, token: await mpp.customerToken(id) };
      }),
    );
    const payments: { id: string; token: string }[] = [];
    for (let n = 0; n < PAYMENTS; n++) {
      const customer = customers[n % CUSTOMERS];
      if (customer === undefined) throw new Error('a customer is missing');
      payments.push({ id: (await customer.app.scan(`stop-${n}`)).body.payment.id, token: customer.token });
    }
    const answers: Promise<Answer | 'refused' | 'reset'>[] = [];
    let stop: Promise<unknown> | null = null;
    for (const [n, { id, token }] of payments.entries()) {
      answers.push(confirm(mpp.url, token, id));
      if (n === PAYMENTS / 2) stop = stopped.stop();
      await pause(EVERY_MS);
    }
    const given = await Promise.all(answers);
    await stop;
    const endedAt = Date.now();
    // Every debit was told before the end, or another server tells it at its next poll.
    const untold = () =>
      database.query(
        `select p.id from qr_payments p join outbox_messages m on m.key = p.id::text
         where p.debited_at is not null and m.topic = 'notifyPayment' and m.lease is null and m.attempts = 0`,
      );
    await until('all debits are told', untold, (rows) => rows.length === 0);
    expect(Date.now() - endedAt).toBeLessThan(30 * POLL_MS);
    expect(given.filter((answer) => answer === 'reset')).toEqual([]);
    const statuses = new Set(given.map((answer) => (typeof answer === 'string' ? answer : String(answer.status))));
    expect([...statuses].filter((status) => !['200', '202', '503', 'refused'].includes(status))).toEqual([]);
    // What was refused is not debited, and what was answered as paid is.
    const debited = new Set(
      (await database.query<{ id: string }>('select id from qr_payments where debited_at is not null')).map(
        ({ id }) => id,
      ),
    );
    for (const [n, answer] of given.entries()) {
      const isDebited = debited.has(payments[n]?.id ?? '');
      if (typeof answer === 'string') expect([answer, isDebited]).toEqual(['refused', false]);
      else expect([answer.status, isDebited]).toEqual([answer.status, answer.status < 300]);
    }
    expect(given.filter((answer) => typeof answer !== 'string' && answer.status === 200).length).toBeGreaterThan(50);
    const late = given.filter((answer) => typeof answer !== 'string' && answer.status === 503) as Answer[];
    expect(late.every(({ closes }) => closes)).toBe(true);
    const confirmed = async () =>
      (await database.query(`select 1 from qr_payments where debited_at is not null and status <> 'CONFIRMED'`)).length;
    await until('all debits are confirmed', confirmed, (count) => count === 0);
    expect((await other.mpp.trialBalance()).balanced).toBe(true);
  });
});
