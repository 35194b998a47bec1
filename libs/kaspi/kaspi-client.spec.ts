import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Settings } from '@mpp/config';
import { requestId } from '@mpp/kernel';
import { Metrics } from '@mpp/platform';
import { HttpService } from '@nestjs/axios';
import { Logger } from '@nestjs/common';
import { certify } from '../../test/support/certificates.js';
import { KaspiPeer, type Reply } from '../../test/support/kaspi-peer.js';
import { startTcpPeer } from '../../test/support/tcp-peer.js';
import { TestClock } from '../../test/support/test-clock.js';
import { KaspiClient } from './kaspi-client.js';
import { KaspiHealth } from './kaspi-health.js';

const request = {
  requestId: requestId('request-1'),
  locale: 'ru',
  body: '{"qrCode":"1","customerId":"9009"}',
} as const;
const SUCCESS = { result: { resultCode: 'SUCCESS', resultMessage: 'success' } };

/** For calls that are never answered. */
const IMPATIENT = { KASPI_TIMEOUT_MS: '300', SCAN_TIMEOUT_MS: '300' };

const clients: KaspiClient[] = [];

function client(baseUrl: string, env: Record<string, string> = {}): KaspiClient {
  return clientAndHealth(baseUrl, env).kaspi;
}

function clientAndHealth(baseUrl: string, env: Record<string, string> = {}) {
  const settings = Settings.read({
    DATABASE_URL: 'postgresql://nowhere',
    KASPI_BASE_URL: baseUrl,
    ...env,
  });
  const metrics = new Metrics();
  const health = new KaspiHealth(settings, new TestClock(), metrics);
  const kaspi = new KaspiClient(new HttpService(), settings, health, metrics);
  clients.push(kaspi);
  return { kaspi, health };
}

beforeAll(() => Logger.overrideLogger(false));
afterEach(() => {
  for (const made of clients.splice(0)) made.onApplicationShutdown();
});

describe('a call to the PS was NOT SENT (R9) when', () => {
  it('the connection is refused', async () => {
    const peer = await startTcpPeer(() => undefined);
    await peer.close();
    expect(await client(`http://${peer.host}`).notifyPayment(request)).toMatchObject({
      kind: 'not-sent',
      reason: 'ECONNREFUSED',
    });
  });

  it('the name is unknown', async () => {
    expect(await client('http://kaspi.invalid').notifyPayment(request)).toMatchObject({ kind: 'not-sent' });
  });

  it('the TLS handshake is cut off', async () => {
    const peer = await startTcpPeer((socket) => socket.resetAndDestroy());
    expect(await client(`https://${peer.host}`).notifyPayment(request)).toMatchObject({ kind: 'not-sent' });
    await peer.close();
  });

  it('the other side speaks no TLS', async () => {
    const peer = await startTcpPeer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    expect(await client(`https://${peer.host}`).notifyPayment(request)).toMatchObject({ kind: 'not-sent' });
    await peer.close();
  });

  it('the TLS handshake is never answered', async () => {
    const peer = await startTcpPeer(() => undefined);
    expect(await client(`https://${peer.host}`, IMPATIENT).notifyPayment(request)).toMatchObject({
      kind: 'not-sent',
      reason: 'no answer in 300 ms',
    });
    await peer.close();
  });

  it('the certificate is not one that we trust', async () => {
    const peer = await KaspiPeer.start(() => ({ json: SUCCESS }), certify('x', null, 'server'));
    const outcome = await client(peer.url).notifyPayment(request);
    expect(outcome).toMatchObject({ kind: 'not-sent', reason: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
    expect(peer.arrived).toEqual([]);
    await peer.close();
  });
});

describe('what became of a call is UNKNOWN (R9) when', () => {
  let peer: KaspiPeer;
  beforeAll(async () => {
    peer = await KaspiPeer.start();
  });
  afterAll(() => peer.close());

  it.each<[string, Reply]>([
    ['the connection is reset after it was sent', 'reset'],
    ['nothing comes back in time', 'hang'],
    ['HTTP 500', { status: 500, json: SUCCESS }],
    ['HTTP 503 with HTML', { status: 503, text: '<html></html>' }],
    ['HTTP 408', { status: 408, json: SUCCESS }],
    ['HTTP 425', { status: 425, json: SUCCESS }],
    ['HTTP 429, even with a result', { status: 429, json: { result: { resultCode: 'PROCESS_FAIL' } } }],
    ['HTTP 404 without a result', { status: 404, json: { error: 'no such path' } }],
    ['HTTP 302: it is not followed', { status: 302, text: '' }],
    ['the body is no JSON', { text: '<html>ok</html>' }],
    ['the body is empty', { text: '' }],
    ['the body is JSON, but no object', { json: [SUCCESS] }],
    ['there is no result', { json: { resultCode: 'SUCCESS' } }],
    ['there is no resultCode', { json: { result: { resultMessage: 'success' } } }],
    [
      'the body is larger than any answer',
      { text: `{"result":{"resultCode":"SUCCESS","x":"${'x'.repeat(2_000_000)}"}}` },
    ],
  ])('%s', async (_, reply) => {
    peer.script = () => reply;
    const kaspi = client(peer.url, reply === 'hang' ? IMPATIENT : {});
    expect(await kaspi.notifyPayment(request)).toMatchObject({ kind: 'unknown' });
  });

  it('the answer drips in without an end', async () => {
    const dripping = await startTcpPeer((socket) => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n');
      const drip = setInterval(() => socket.write(' '), 20);
      socket.once('close', () => clearInterval(drip));
    });
    expect(await client(`http://${dripping.host}`, IMPATIENT).notifyPayment(request)).toMatchObject({
      kind: 'unknown',
      reason: 'no answer in 300 ms',
    });
    await dripping.close();
  });

  it('it waited for a free connection, left on it, and nothing came back', async () => {
    peer.script = () => ({ json: SUCCESS });
    const one = client(peer.url, { NOTIFY_CONCURRENCY: '1', KASPI_TIMEOUT_MS: '2000' });
    let release: () => void = () => undefined;
    const first = new Promise<void>((resolve) => {
      release = resolve;
    });
    const before = peer.arrived.length;
    peer.script = async (_, index) => {
      if (index > before) return 'hang';
      await first;
      return { json: SUCCESS };
    };
    const ahead = one.notifyPayment(request);
    const queued = one.notifyPayment(request);
    release();
    expect(await ahead).toMatchObject({ kind: 'answered' });
    expect(await queued).toMatchObject({ kind: 'unknown' });
    expect(peer.arrived).toHaveLength(before + 2);
  });

  it('a kept connection turns out to be dead: the request may have arrived', async () => {
    const text = JSON.stringify(SUCCESS);
    let requests = 0;
    const closing = await startTcpPeer((socket) => {
      socket.on('data', () => {
        if (++requests > 1) socket.resetAndDestroy();
        else socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${text.length}\r\n\r\n${text}`);
      });
    });
    const kaspi = client(`http://${closing.host}`);
    expect(await kaspi.notifyPayment(request)).toMatchObject({ kind: 'answered' });
    expect(await kaspi.notifyPayment(request)).toMatchObject({ kind: 'unknown' });
    await closing.close();
  });
});

describe('a call is ANSWERED (R9) when there is a resultCode below HTTP 500', () => {
  it.each<[string, Reply, string]>([
    ['SUCCESS', { json: SUCCESS }, 'SUCCESS'],
    ['a refusal', { json: { result: { resultCode: 'PROCESS_FAIL', resultMessage: 'no' } } }, 'PROCESS_FAIL'],
    ['HTTP 400 with a result', { status: 400, json: { result: { resultCode: 'PARAM_ILLEGAL' } } }, 'PARAM_ILLEGAL'],
    ['a code that nobody knows, and HTML as its type', { text: '{"result":{"resultCode":"NEW_CODE"}}' }, 'NEW_CODE'],
    ['misspelt keys (R6)', { json: { 'Result ': { ResultCode: 'SUCCESS' } } }, 'SUCCESS'],
  ])('%s', async (_, reply, resultCode) => {
    const peer = await KaspiPeer.start(() => reply);
    expect(await client(peer.url).notifyPayment(request)).toMatchObject({ kind: 'answered', resultCode });
    await peer.close();
  });

  it('and the connection is kept for the next call', async () => {
    const peer = await KaspiPeer.start(() => ({ json: SUCCESS }));
    const kaspi = client(peer.url);
    for (let call = 0; call < 3; call++) await kaspi.notifyPayment(request);
    expect(peer.connections).toBe(1);
    await peer.close();
  });
});

it('what a call brought is told to the health of the PS, by its kind', async () => {
  const replies: Reply[] = ['reset', 'hang', { status: 503, text: '' }, { text: '<html>' }, { json: SUCCESS }];
  const peer = await KaspiPeer.start(() => replies.shift() ?? { json: SUCCESS });
  const { kaspi, health } = clientAndHealth(peer.url, { SCAN_TIMEOUT_MS: '300' });
  const failures = async (method: 'scan' | 'checkout' | 'notifyPayment') => {
    await kaspi[method](request);
    return [health.view.failuresInARow.questions, health.view.failuresInARow.notifies];
  };
  expect(await failures('scan')).toEqual([1, 0]);
  expect(await failures('checkout')).toEqual([2, 0]);
  expect(await failures('notifyPayment')).toEqual([2, 1]);
  expect(await failures('notifyPayment')).toEqual([2, 2]);
  expect(health.view.lastFailure).toMatchObject({ method: 'notifyPayment', reason: 'HTTP 200 without a JSON object' });
  expect(await failures('notifyPayment')).toEqual([0, 0]);
  await peer.close();
});
