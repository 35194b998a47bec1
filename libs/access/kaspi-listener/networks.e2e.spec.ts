import net from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Settings } from '@mpp/config';
import Fastify from 'fastify';
import { kaspiListenerFixture, NEEDED } from '../../../test/support/kaspi-listener-fixture.js';
import type { TestServer } from '../../../test/support/mpp.js';
import { PsRefunds, refundBody } from '../../../test/support/ps-refunds.js';
import { statusOf } from '../../../test/support/status-of.js';
import { guardKaspiListener } from './kaspi-listener-access.js';

const { start, countRefundCalls } = kaspiListenerFixture();

describe('the Kaspi-facing listener, for callers outside the networks of the PS', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await start({ KASPI_ALLOWED_CIDRS: '10.0.0.0/8, 192.168.1.7/32, 2001:db8::/32' });
  });

  afterAll(() => server.stop());

  const FULL = JSON.stringify(refundBody());
  it.each([
    ['a refund', 'POST', '/refund', FULL],
    ['a refund with a query', 'POST', '/refund?a=b', FULL],
    ['half a refund', 'POST', '/refund', FULL.slice(0, 40)],
    ['no body', 'POST', '/refund', ''],
    ['a body that is too long', 'POST', '/refund', 'x'.repeat(200_000)],
    ['another method', 'GET', '/refund', undefined],
    ['an unknown path', 'POST', '/nothing', FULL],
    ['the public API', 'GET', '/v1/payments', undefined],
    ['the operators’ API', 'GET', '/ops/v1/refunds', undefined],
    ['the documents', 'GET', '/docs/kaspi.json', undefined],
    ['the metrics', 'GET', '/metrics', undefined],
    ['a path that begins like a health check', 'GET', '/health/live/../../refund', undefined],
    ['a path like that of a health check', 'POST', '/health/liveness', FULL],
    ['a health check’s path in the query', 'POST', '/refund?/health/live', FULL],
    ['an encoded health check’s path', 'GET', '/health%2flive', undefined],
  ])('%s is answered with 403 and no body', async (_, method, path, body) => {
    const before = await countRefundCalls();
    const answer = await fetch(server.kaspiUrl + path, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body !== undefined && { body }),
    });
    expect([answer.status, await answer.text()]).toEqual([403, '']);
    expect(answer.headers.get('content-type')).toBeNull();
    expect(answer.headers.get('connection')).toBe('close');
    expect(await countRefundCalls()).toBe(before);
  });

  it('requests with forwarding headers are answered with 403', async () => {
    for (const header of ['x-forwarded-for', 'x-real-ip', 'forwarded', 'host', 'x-forwarded-host']) {
      const ps = new PsRefunds(`${server.kaspiUrl}/refund`);
      const reply = header === 'host' ? await ps.send(FULL) : await ps.send(FULL, { [header]: '10.0.0.1' });
      expect([header, reply.status, reply.text]).toEqual([header, 403, '']);
    }
  });

  it.each(['/health/live', '/health/ready', '/health/live?verbose'])('%s is answered with 200', async (path) => {
    expect(await statusOf(server.kaspiUrl + path)).toBe(200);
  });

  it('bytes that are not HTTP get an answer without a body', async () => {
    const text = await new Promise<string>((resolve, reject) => {
      const socket = net.connect(Number(new URL(server.kaspiUrl).port), '127.0.0.1', () =>
        socket.write('HELLO\r\n\r\n'),
      );
      let received = '';
      socket
        .setEncoding('latin1')
        .on('data', (data) => {
          received += data;
        })
        .on('close', () => resolve(received))
        .on('error', reject);
    });
    expect(text).toMatch(/^HTTP\/1\.1 4\d\d [^{}<]*\r\n\r\n$/);
  });

  it('a path that cannot be decoded is answered with 403', async () => {
    expect(await statusOf(`${server.kaspiUrl}/%zz`)).toBe(403);
  });
});

describe('the networks of the Kaspi-facing listener', () => {
  async function statusFor(cidrs: string, remoteAddress: string): Promise<number> {
    const fastify = Fastify();
    guardKaspiListener(fastify, Settings.read({ ...NEEDED, KASPI_ALLOWED_CIDRS: cidrs }));
    fastify.post('/refund', async () => 'in');
    const { statusCode } = await fastify.inject({ method: 'POST', url: '/refund', remoteAddress });
    await fastify.close();
    return statusCode;
  }

  it.each([
    ['10.0.0.0/8', '10.1.2.3', 200],
    ['10.0.0.0/8', '11.1.2.3', 403],
    ['10.0.0.0/8', '::ffff:10.1.2.3', 200],
    ['10.0.0.0/8', '::ffff:a01:203', 200],
    ['10.0.0.0/8', '::ffff:11.1.2.3', 403],
    ['10.0.0.0/8', '::1', 403],
    ['10.0.0.7/32', '10.0.0.7', 200],
    ['10.0.0.7/32', '10.0.0.8', 403],
    ['0.0.0.0/0', '8.8.8.8', 200],
    ['0.0.0.0/0', '2001:db8::1', 403],
    ['2001:db8::/32', '2001:db8:1::1', 200],
    ['2001:db8::/32', '2001:db9::1', 403],
    ['::1/128', '::1', 200],
    ['::1/128', '127.0.0.1', 403],
    ['fe80::/10', 'fe80::1%eth0', 200],
    ['10.0.0.0/8,::1/128', '::1', 200],
    ['10.0.0.0/8, 127.0.0.0/8', '127.9.9.9', 200],
    ['10.0.0.0/8', '', 403],
    ['0.0.0.0/0,::/0', 'unknown', 403],
  ])('%s set, and a connection from %j: %i', async (cidrs, address, status) => {
    expect(await statusFor(cidrs, address)).toBe(status);
  });
});
