import net from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { startTestServer, type TestServer } from '../support/mpp.js';
import { refundBody } from '../support/ps-refunds.js';

describe('the Kaspi-facing listener, for anything but a refund,', () => {
  let database: TestDatabase;
  let server: TestServer;

  beforeAll(async () => {
    database = await createDatabase();
    // The settings of production, without development tokens.
    server = await startTestServer({
      DATABASE_URL: database.url,
      KASPI_BASE_URL: 'http://127.0.0.1:9',
      AUTH_JWKS_URI: 'http://127.0.0.1:9/jwks.json',
      AUTH_ISSUER: 'bank',
      AUTH_AUDIENCE: 'mpp',
    });
  });

  afterAll(async () => {
    await server.stop();
    await database.drop();
  });

  const preflight = { origin: 'https://evil.example', 'access-control-request-method': 'POST' };

  it.each([
    ['GET', '/refund'],
    ['HEAD', '/refund'],
    ['PUT', '/refund'],
    ['PATCH', '/refund'],
    ['DELETE', '/refund'],
    ['POST', '/refund/'],
    ['POST', '/Refund'],
    ['POST', '//refund'],
    ['POST', '/refund/x'],
    ['POST', '/refund%2f'],
    ['POST', `/${'x'.repeat(5000)}`],
    ['POST', '/v1/scans'],
    ['GET', '/v1/accounts'],
    ['GET', '/ops/v1/refunds'],
    ['POST', '/dev/token'],
    ['GET', '/docs'],
    ['GET', '/metrics'],
    ['GET', '/'],
    ['GET', '/.env'],
    ['POST', '/health/live'],
  ])('answers %s %s with 404 and an empty body', async (method, path) => {
    const body = method === 'GET' || method === 'HEAD' ? null : JSON.stringify(refundBody());
    const response = await fetch(server.kaspiUrl + path, { method, ...(body !== null && { body }) });
    expect([response.status, await response.text()]).toEqual([404, '']);
    expect(response.headers.get('content-type')).toBeNull();
  });

  it('answers an address that cannot be decoded with 403 and an empty body', async () => {
    const response = await fetch(`${server.kaspiUrl}/refund%`, { method: 'POST', body: '{}' });
    expect([response.status, await response.text()]).toEqual([403, '']);
  });

  it.each([
    ['without', {}],
    ['with', preflight],
  ])('answers OPTIONS %s a browser’s preflight headers with 404 and an empty body', async (_, headers) => {
    const response = await fetch(`${server.kaspiUrl}/refund`, { method: 'OPTIONS', headers });
    expect([response.status, await response.text()]).toEqual([404, '']);
    expect([...response.headers.keys()].filter((name) => /^(vary|access-control)/.test(name))).toEqual([]);
  });

  it('answers bytes that are no HTTP with 400 and an empty body', async () => {
    const socket = net.connect(Number(new URL(server.kaspiUrl).port), '127.0.0.1');
    socket.write('\x16\x03\x01 not HTTP\r\n\r\n');
    const chunks: Buffer[] = [];
    for await (const chunk of socket) chunks.push(chunk as Buffer);
    expect(Buffer.concat(chunks).toString()).toMatch(
      /^HTTP\/1\.1 400 Bad Request\r\ncontent-length: 0\r\n(.+\r\n)*\r\n$/,
    );
  });
});
