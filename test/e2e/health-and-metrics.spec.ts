import { beforeAll, describe, expect, it } from '@jest/globals';
import { happyKaspi, refusal } from '../support/kaspi-peer.js';
import { Mpp } from '../support/mpp.js';
import { paymentFixture } from '../support/payment-fixture.js';
import { until } from '../support/until.js';

const ALIA = '900900000001';

describe('health and metrics', () => {
  const METRICS_TOKEN = 'scrape-me-7f3a';
  const fixture = paymentFixture({
    METRICS_TOKEN,
    CONFIRM_WAIT_MS: '3000',
    NOTIFY_RETRY_BASE_MS: '20',
    NOTIFY_RETRY_MAX_MS: '50',
  });
  let listeners: Mpp[];

  beforeAll(async () => {
    const { server } = fixture;
    listeners = [server.mpp, new Mpp(server.kaspiUrl)];
    await server.mpp.open(ALIA, '1000.00');
  });

  async function scrape(authorization = `Bearer ${METRICS_TOKEN}`): Promise<{ response: Response; text: string }> {
    const response = await fetch(`${fixture.server.publicUrl}/metrics`, { headers: { authorization } });
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

  it('answer without a token on both listeners: alive and ready', async () => {
    for (const listener of listeners) {
      expect(await listener.call('GET', '/health/live')).toMatchObject({ status: 200, body: { status: 'ok' } });
      expect(await listener.call('GET', '/health/ready')).toMatchObject({
        status: 200,
        body: { status: 'ok', details: { database: { status: 'up' }, migrations: { status: 'up' } } },
      });
    }
  });

  it('report the difference between the server’s clock and the database’s', async () => {
    const { body } = await fixture.server.mpp.call<{ details: { database: { clockSkewMs: number } } }>(
      'GET',
      '/health/ready',
    );
    expect(Math.abs(body.details.database.clockSkewMs)).toBeLessThan(5000);
  });

  it('report alive but not ready while a migration is pending, with its name', async () => {
    const [last] = await fixture.database.query<{ id: number; timestamp: string; name: string }>(
      'delete from migrations where id = (select max(id) from migrations) returning *',
    );
    for (const listener of listeners) {
      expect((await listener.call('GET', '/health/live')).status).toBe(200);
      expect(await listener.call('GET', '/health/ready')).toMatchObject({
        status: 503,
        body: { status: 'error', error: { migrations: { status: 'down', pending: [last?.name] } } },
      });
    }
    await fixture.database.query('insert into migrations values ($1, $2, $3)', [last?.id, last?.timestamp, last?.name]);
    for (const listener of listeners) expect((await listener.call('GET', '/health/ready')).status).toBe(200);
  });

  it('show the metrics only with the metrics token', async () => {
    const { response, text } = await scrape();
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    for (const line of text.split('\n')) expect(line).toMatch(/^(# (HELP|TYPE) \w+ .+|\w+(\{.*\})? [\d.e+-]+)?$/);
    const customer = await fixture.server.mpp.customerToken(ALIA);
    const admin = await fixture.server.mpp.teamToken('admin');
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

  it('count requests by listener, method, route and status, without values from the address', async () => {
    const alia = await fixture.server.mpp.as(ALIA);
    const { id } = (await alia.scan('counted')).body.payment;
    await alia.payment(id);
    await alia.payment('019b1f7e-0000-7000-8000-000000000000');
    await fixture.server.mpp.call('GET', '/secret-path/4111111111111111');
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

  it('count calls to the PS by method and outcome', async () => {
    const alia = await fixture.server.mpp.as(ALIA);
    const calls = (method: string, outcome: string) =>
      metric(`mpp_kaspi_call_duration_seconds_count{method="${method}",outcome="${outcome}"}`);
    const before = (await calls('scan', 'answered')) ?? 0;
    const { id } = (await alia.scan('ps-1')).body.payment;
    fixture.kaspi.script = () => refusal('EXPIRED_CODE');
    await alia.scan('ps-2');
    expect(await calls('scan', 'answered')).toBe(before + 2);
    fixture.kaspi.script = () => ({ text: '<html>' });
    await alia.scan('ps-3');
    expect(await calls('scan', 'unknown')).toBe(2);
    fixture.kaspi.script = happyKaspi();
    await alia.confirm(id);
    expect(await calls('notifyPayment', 'answered')).toBe(1);
    await fixture.kaspi.close();
    await alia.scan('ps-4');
    expect(await calls('scan', 'not-sent')).toBe(2);
    await fixture.kaspi.open();
  });

  it('show the number of messages for the PS and the age of the oldest one', async () => {
    const alia = await fixture.server.mpp.as(ALIA);
    const waiting = () =>
      metricsOf('mpp_outbox_depth{topic="notifyPayment"}', 'mpp_outbox_oldest_age_seconds{topic="notifyPayment"}');
    expect(await waiting()).toEqual([0, 0]);
    const { id } = (await alia.scan('waits')).body.payment;
    await fixture.kaspi.close();
    expect((await alia.confirm(id)).status).toBe(202);
    const [depth, age] = await waiting();
    expect(depth).toBe(1);
    // The caller was answered after CONFIRM_WAIT_MS.
    expect(age).toBeGreaterThan(1);
    expect(age).toBeLessThan(30);
    await fixture.kaspi.open();
    await until('the notify of the PS', waiting, ([left]) => left === 0);
    expect(await waiting()).toEqual([0, 0]);
  });
});
