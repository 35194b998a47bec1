import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { happyKaspi, KaspiPeer } from '../support/kaspi-peer.js';
import type { Mpp } from '../support/mpp.js';
import { ServerProcess } from '../support/server-process.js';
import { until } from '../support/until.js';

const ALIA = '900900000001';

describe('the log of a server', () => {
  const ACCOUNT_NAME = 'Зарплатный Ахметова';
  const REFERENCE = 'iban-KZ86125KZT5004100100';
  const QR_CODE = 'qr.kaspi.kz-9x7-secret';
  let database: TestDatabase;
  let kaspi: KaspiPeer;
  let server: ServerProcess;
  /** Method, path without its query, and status of each request that was sent. */
  const requested: string[] = [];
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
    database = await createDatabase();
    kaspi = await KaspiPeer.start();
    server = await ServerProcess.start({ DATABASE_URL: database.url, KASPI_BASE_URL: kaspi.url, LOG_LEVEL: 'info' });
  });

  afterAll(async () => {
    await server?.stop();
    await kaspi?.close();
    await database?.drop();
  });

  async function call(method: string, address: string, options: Parameters<Mpp['call']>[2] = {}) {
    const answer = await server.mpp.call<Record<string, unknown>>(method, address, options);
    requested.push(`${method} ${address.split('?')[0]} ${answer.status}`);
    return answer;
  }

  it('has one line for each request of a payment, and for each failed request', async () => {
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

    // Failed requests must not reveal them either.
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
      (logged) => logged >= requested.length,
    );
    expect(requests().map(({ req, res }) => `${req?.method} ${req?.path} ${res?.statusCode}`)).toEqual(requested);
  });

  it('shows the request id that the caller received', async () => {
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

  it('has one line for each call to the PS, with the request id that the PS received', () => {
    const calls = lines().filter(({ context }) => context === 'Kaspi');
    expect(calls.map(({ msg }) => msg.replace(/ \d+ ms$/, ''))).toEqual(
      kaspi.arrived.map(({ path: called, headers }, index) => {
        const outcome = ['SUCCESS', 'SUCCESS', 'unknown: HTTP 502', 'unknown: HTTP 502', 'UNKNOWN_CUSTOMER'][index];
        return `${called.split('/').at(-1)} ${headers['x-request-id']} ${outcome}`;
      }),
    );
    expect(calls).toHaveLength(5);
  });

  it('has one line for an address that cannot be decoded', async () => {
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

  it('shows each status of the payment, with its id', () => {
    const payments = lines().filter(({ context }) => context === 'Payments');
    expect(payments.map(({ msg }) => msg)).toEqual([
      expect.stringMatching(/^[0-9a-f-]{36} scanned/),
      expect.stringMatching(/^[0-9a-f-]{36} PROCESSING/),
      expect.stringMatching(/^[0-9a-f-]{36} PROCESSING → CONFIRMED \(SUCCESS\)$/),
    ]);
  });

  it('has no line for health probes and metrics', async () => {
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

  it('contains no customer id, QR code, token or account name', () => {
    expect(secrets.size).toBe(8);
    const revealing = server.lines.filter((line) => [...secrets].some((secret) => line.includes(secret)));
    expect(revealing).toEqual([]);
  });
});
