import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { happyKaspi, KaspiPeer, refusal } from '../support/kaspi-peer.js';
import { Mpp, startTestServer, type TestServer } from '../support/mpp.js';
import { ServerProcess } from '../support/server-process.js';
import { until } from '../support/until.js';

const ALIA = '900900000001';

let database: TestDatabase;
let kaspi: KaspiPeer;

beforeAll(async () => {
  database = await createDatabase();
  kaspi = await KaspiPeer.start();
});

afterAll(async () => {
  await kaspi.close();
  await database.drop();
});

describe('a server that is watched', () => {
  const METRICS_TOKEN = 'scrape-me-7f3a';
  let server: TestServer;
  let listeners: Mpp[];

  beforeAll(async () => {
    server = await startTestServer({
      DATABASE_URL: database.url,
      KASPI_BASE_URL: kaspi.url,
      METRICS_TOKEN,
      CONFIRM_WAIT_MS: '3000',
      NOTIFY_RETRY_BASE_MS: '20',
      NOTIFY_RETRY_MAX_MS: '50',
    });
    listeners = [server.mpp, new Mpp(server.kaspiUrl)];
    await server.mpp.open(ALIA, '1000.00');
  });

  afterAll(() => server.stop());

  async function scrape(authorization = `Bearer ${METRICS_TOKEN}`): Promise<{ response: Response; text: string }> {
    const response = await fetch(`${server.publicUrl}/metrics`, { headers: { authorization } });
    return { response, text: await response.text() };
  }

  /** The values of lines of the metrics, of one scrape; undefined where there is none. */
  async function metricsOf(...lines: string[]): Promise<(number | undefined)[]> {
    const { text } = await scrape();
    return lines.map((line) => {
      const found = text.split('\n').find((one) => one.startsWith(`${line} `));
      return found === undefined ? undefined : Number(found.slice(line.length));
    });
  }

  const metric = async (line: string) => (await metricsOf(line))[0];

  it('is alive and ready on both listeners, to whoever asks', async () => {
    for (const listener of listeners) {
      expect(await listener.call('GET', '/health/live')).toMatchObject({ status: 200, body: { status: 'ok' } });
      expect(await listener.call('GET', '/health/ready')).toMatchObject({
        status: 200,
        body: { status: 'ok', details: { database: { status: 'up' }, migrations: { status: 'up' } } },
      });
    }
  });

  it('says how far its clock is from the database’s', async () => {
    const { body } = await server.mpp.call<{ details: { database: { clockSkewMs: number } } }>('GET', '/health/ready');
    expect(Math.abs(body.details.database.clockSkewMs)).toBeLessThan(5000);
  });

  it('is alive but not ready while a migration of its build is pending, and names it', async () => {
    const [last] = await database.query<{ id: number; timestamp: string; name: string }>(
      'delete from migrations where id = (select max(id) from migrations) returning *',
    );
    for (const listener of listeners) {
      expect((await listener.call('GET', '/health/live')).status).toBe(200);
      expect(await listener.call('GET', '/health/ready')).toMatchObject({
        status: 503,
        body: { status: 'error', error: { migrations: { status: 'down', pending: [last?.name] } } },
      });
    }
    await database.query('insert into migrations values ($1, $2, $3)', [last?.id, last?.timestamp, last?.name]);
    for (const listener of listeners) expect((await listener.call('GET', '/health/ready')).status).toBe(200);
  });

  it('shows its metrics to whoever has their token alone', async () => {
    const { response, text } = await scrape();
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    for (const line of text.split('\n')) expect(line).toMatch(/^(# (HELP|TYPE) \w+ .+|\w+(\{.*\})? [\d.e+-]+)?$/);
    const customer = await server.mpp.customerToken(ALIA);
    const admin = await server.mpp.teamToken('admin');
    for (const other of [
      '',
      METRICS_TOKEN,
      `Basic ${METRICS_TOKEN}`,
      `Bearer ${METRICS_TOKEN}x`,
      `Bearer ${customer}`,
      `Bearer ${admin}`,
    ]) {
      const refused = await scrape(other);
      expect(refused.response.status).toBe(401);
      expect(JSON.parse(refused.text)).toMatchObject({ code: 'UNAUTHENTICATED' });
    }
  });

  it('counts requests by listener, method, route and status, whatever is in the address', async () => {
    const alia = await server.mpp.as(ALIA);
    const { id } = (await alia.scan('counted')).body.payment;
    await alia.payment(id);
    await alia.payment('019b1f7e-0000-7000-8000-000000000000');
    await server.mpp.call('GET', '/secret-path/4111111111111111');
    await (listeners[1] as Mpp).call('GET', '/metrics');

    const counted = (listener: string, method: string, route: string, status: number) =>
      metric(
        `mpp_http_request_duration_seconds_count{listener="${listener}",method="${method}",route="${route}",status="${status}"}`,
      );
    expect(await counted('public', 'POST', '/v1/scans', 201)).toBe(1);
    expect(await counted('public', 'GET', '/v1/payments/:id', 200)).toBe(1);
    expect(await counted('public', 'GET', '/v1/payments/:id', 404)).toBe(1);
    expect(await counted('public', 'GET', 'unknown', 404)).toBe(1);
    expect(await counted('kaspi', 'GET', 'unknown', 404)).toBe(1);
    expect(await counted('kaspi', 'GET', '/health/ready', 503)).toBe(1);
    const { text } = await scrape();
    for (const part of [id, 'secret-path', ALIA, 'counted']) expect(text).not.toContain(part);
  });

  it('counts calls to the PS by method and outcome', async () => {
    const alia = await server.mpp.as(ALIA);
    const calls = (method: string, outcome: string) =>
      metric(`mpp_kaspi_call_duration_seconds_count{method="${method}",outcome="${outcome}"}`);
    const before = (await calls('scan', 'answered')) ?? 0;
    const { id } = (await alia.scan('ps-1')).body.payment;
    kaspi.script = () => refusal('EXPIRED_CODE');
    await alia.scan('ps-2');
    expect(await calls('scan', 'answered')).toBe(before + 2);
    kaspi.script = () => ({ text: '<html>' });
    await alia.scan('ps-3');
    expect(await calls('scan', 'unknown')).toBe(2);
    kaspi.script = happyKaspi();
    await alia.confirm(id);
    expect(await calls('notifyPayment', 'answered')).toBe(1);
    await kaspi.close();
    await alia.scan('ps-4');
    expect(await calls('scan', 'not-sent')).toBe(2);
    await kaspi.open();
  });

  it('shows how many messages wait for the PS, and since when', async () => {
    const alia = await server.mpp.as(ALIA);
    const waiting = () =>
      metricsOf('mpp_outbox_depth{topic="notifyPayment"}', 'mpp_outbox_oldest_age_seconds{topic="notifyPayment"}');
    expect(await waiting()).toEqual([0, 0]);
    const { id } = (await alia.scan('waits')).body.payment;
    await kaspi.close();
    expect((await alia.confirm(id)).status).toBe(202);
    const [depth, age] = await waiting();
    expect(depth).toBe(1);
    // The caller was told after a second.
    expect(age).toBeGreaterThan(1);
    expect(age).toBeLessThan(30);
    await kaspi.open();
    await until('the PS to be told', waiting, ([left]) => left === 0);
    expect(await waiting()).toEqual([0, 0]);
  });
});

describe('the log of a server', () => {
  const ACCOUNT_NAME = 'Зарплатный Ахметова';
  const REFERENCE = 'iban-KZ86125KZT5004100100';
  const QR_CODE = 'qr.kaspi.kz-9x7-secret';
  let server: ServerProcess;
  /** Method, path without its query, and status of each request that was made. */
  const made: string[] = [];
  const secrets = new Set<string>([ALIA, ACCOUNT_NAME, REFERENCE, QR_CODE]);

  interface Line {
    level: number;
    msg: string;
    context?: string;
    req?: { id: string; method: string; path: string };
    res?: { statusCode: number };
  }
  const lines = (): Line[] => server.lines.map((line) => JSON.parse(line) as Line);
  const requests = () => lines().filter(({ req, res }) => req !== undefined && res !== undefined);

  beforeAll(async () => {
    server = await ServerProcess.start({ DATABASE_URL: database.url, KASPI_BASE_URL: kaspi.url, LOG_LEVEL: 'info' });
    kaspi.arrived.length = 0;
  });

  afterAll(() => server.stop());

  async function call(method: string, address: string, options: Parameters<Mpp['call']>[2] = {}) {
    const answer = await server.mpp.call<Record<string, unknown>>(method, address, options);
    made.push(`${method} ${address.split('?')[0]} ${answer.status}`);
    return answer;
  }

  it('has one line for each request of a whole payment, and for whatever goes wrong beside it', async () => {
    const tokenOf = async (body: object) => {
      const token = String((await call('POST', '/dev/token', { body })).body.token);
      secrets.add(token).add(token.split('.')[2] ?? '');
      return token;
    };
    const accounting = await tokenOf({ roles: ['accounting'] });
    const token = await tokenOf({ customerId: ALIA });
    const account = await call('POST', '/ops/v1/accounts', {
      token: accounting,
      body: { customerId: ALIA, name: ACCOUNT_NAME },
    });
    const deposit = { amount: '500.00', reference: REFERENCE };
    await call('POST', `/ops/v1/accounts/${account.body.id}/deposits`, { token: accounting, body: deposit });
    await call('POST', `/ops/v1/accounts/${account.body.id}/deposits`, {
      token: accounting,
      body: { ...deposit, amount: '1.00' },
    });
    await call('GET', '/v1/accounts', { token });
    const scanned = await call('POST', '/v1/scans', {
      token,
      body: { qrCode: QR_CODE },
      headers: { 'x-request-id': 'app-1' },
    });
    const { id } = scanned.body.payment as { id: string };
    expect((await call('POST', `/v1/payments/${id}/confirm`, { token, body: {} })).body.status).toBe('CONFIRMED');
    await call('GET', `/v1/payments/${id}`, { token });
    await call('GET', `/v1/payments/${id}/receipt?locale=kk-KZ`, { token });

    // What goes wrong must not tell either.
    await call('POST', '/v1/scans', { token, body: `{"qrCode":"${QR_CODE}"` });
    await call('POST', '/v1/scans', { token, body: { qrCode: `${QR_CODE}\0` } });
    await call('POST', '/v1/scans', { token: `${token}x`, body: { qrCode: QR_CODE } });
    await call('POST', `/v1/payments/${id}/confirm`, { token, body: { accountId: ACCOUNT_NAME } });
    await call('GET', `/v1/payments?cursor=${ALIA}&token=${token}`, { token });
    await call('GET', `/v2?customerId=${ALIA}`, { token });
    kaspi.script = () => ({ status: 502, text: `<html>${ALIA} ${QR_CODE} ${ACCOUNT_NAME}</html>` });
    await call('POST', '/v1/scans', { token, body: { qrCode: QR_CODE } });
    kaspi.script = () => ({
      json: { result: { resultCode: 'UNKNOWN_CUSTOMER', resultMessage: `${ALIA} ${QR_CODE}` } },
    });
    await call('POST', '/v1/scans', { token, body: { qrCode: QR_CODE } });
    kaspi.script = happyKaspi();

    await until(
      'the last line',
      () => requests().length,
      (logged) => logged >= made.length,
    );
    expect(requests().map(({ req, res }) => `${req?.method} ${req?.path} ${res?.statusCode}`)).toEqual(made);
  });

  it('names each request by the id that its caller was given', async () => {
    const scanned = requests().find(({ req }) => req?.id === 'app-1');
    expect(scanned).toMatchObject({ level: 30, msg: expect.stringMatching(/^POST \/v1\/scans 201 \d+ ms$/) });
    const own = await server.mpp.call('GET', '/v1/accounts');
    const id = own.headers.get('x-request-id');
    await until(
      'its line',
      () => requests().filter(({ req }) => req?.id === id).length,
      (logged) => logged === 1,
    );
  });

  it('has one line for each call to the PS, with the id under which the PS knows it', () => {
    const calls = lines().filter(({ context }) => context === 'Kaspi');
    expect(calls.map(({ msg }) => msg.replace(/ \d+ ms$/, ''))).toEqual(
      kaspi.arrived.map(({ path: called, headers }, index) => {
        const said = ['SUCCESS', 'SUCCESS', 'unknown: HTTP 502', 'unknown: HTTP 502', 'UNKNOWN_CUSTOMER'][index];
        return `${called.split('/').at(-1)} ${headers['x-request-id']} ${said}`;
      }),
    );
    expect(calls).toHaveLength(5);
  });

  it('has one line for an address that cannot be read', async () => {
    const before = lines().length;
    const answer = await fetch(`${server.mpp.url}/v1/payments/%ZZ`);
    expect(answer.status).toBe(404);
    await until(
      'its line',
      () =>
        lines()
          .slice(before)
          .map(({ msg }) => msg),
      (logged) => logged.length >= 1,
    );
    expect(lines().slice(before)).toMatchObject([{ level: 30, msg: expect.stringContaining('404') }]);
  });

  it('says what became of the payment, by its id', () => {
    const told = lines().filter(({ context }) => context === 'Payments');
    expect(told.map(({ msg }) => msg)).toEqual([
      expect.stringMatching(/^[0-9a-f-]{36} scanned/),
      expect.stringMatching(/^[0-9a-f-]{36} PROCESSING/),
      expect.stringMatching(/^[0-9a-f-]{36} PROCESSING → CONFIRMED \(SUCCESS\)$/),
    ]);
  });

  it('has no line for probes, which come all the time', async () => {
    const before = lines().length;
    for (const probe of ['/health/live', '/health/ready', '/metrics']) await fetch(server.mpp.url + probe);
    await server.mpp.call('GET', '/v1/marker');
    await until(
      'the line behind them',
      () => lines().slice(before),
      (logged) => logged.some(({ req }) => req?.path === '/v1/marker'),
    );
    expect(
      lines()
        .slice(before)
        .map(({ req }) => req?.path),
    ).toEqual(['/v1/marker']);
  });

  it('says nowhere who the customer is, what they scanned, with which token, or how their account is called', () => {
    expect(secrets.size).toBe(8);
    const telling = server.lines.filter((line) => [...secrets].some((secret) => line.includes(secret)));
    expect(telling).toEqual([]);
  });
});
