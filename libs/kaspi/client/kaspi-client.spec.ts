import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Settings } from '@mpp/config';
import { requestId } from '@mpp/kernel';
import { Metrics } from '@mpp/platform';
import { HttpService } from '@nestjs/axios';
import { Logger } from '@nestjs/common';
import { certify } from '../../../test/support/certificates.js';
import { KaspiPeer, type Reply } from '../../../test/support/kaspi-peer.js';
import { startTcpPeer } from '../../../test/support/tcp-peer.js';
import { TestClock } from '../../../test/support/test-clock.js';
import { KaspiHealth } from '../health/kaspi-health.js';
import { KaspiClient } from './kaspi-client.js';

const request = {
  requestId: requestId('request-1'),
  locale: 'ru',
  body: '{"qrCode":"1","customerId":"9009"}',
} as const;
const SUCCESS = { result: { resultCode: 'SUCCESS', resultMessage: 'success' } };

/** For calls that are never answered. */
const SHORT_TIMEOUTS = { KASPI_TIMEOUT_MS: '300', SCAN_TIMEOUT_MS: '300' };

const clients: KaspiClient[] = [];

function createClient(baseUrl: string, env: Record<string, string> = {}): KaspiClient {
  return createClientAndHealth(baseUrl, env).kaspi;
}

function createClientAndHealth(baseUrl: string, env: Record<string, string> = {}) {
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
  for (const kaspi of clients.splice(0)) kaspi.onApplicationShutdown();
});

describe('a call to the PS is NOT SENT (R9) if', () => {
  it('the connection is refused', async () => {
    const peer = await startTcpPeer(() => undefined);
    await peer.close();
    expect(await createClient(`http://${peer.host}`).notifyPayment(request)).toMatchObject({
      kind: 'not-sent',
      reason: 'ECONNREFUSED',
    });
  });

  it('the name is unknown', async () => {
    expect(await createClient('http://kaspi.invalid').notifyPayment(request)).toMatchObject({ kind: 'not-sent' });
  });

  it('the TLS handshake is reset', async () => {
    const peer = await startTcpPeer((socket) => socket.resetAndDestroy());
    expect(await createClient(`https://${peer.host}`).notifyPayment(request)).toMatchObject({ kind: 'not-sent' });
    await peer.close();
  });

  it('the peer does not speak TLS', async () => {
    const peer = await startTcpPeer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    expect(await createClient(`https://${peer.host}`).notifyPayment(request)).toMatchObject({ kind: 'not-sent' });
    await peer.close();
  });

  it('the TLS handshake is never answered', async () => {
    const peer = await startTcpPeer(() => undefined);
    expect(await createClient(`https://${peer.host}`, SHORT_TIMEOUTS).notifyPayment(request)).toMatchObject({
      kind: 'not-sent',
      reason: 'no answer in 300 ms',
    });
    await peer.close();
  });

  it('the certificate is not trusted', async () => {
    const peer = await KaspiPeer.start(() => ({ json: SUCCESS }), certify('x', null, 'server'));
    const outcome = await createClient(peer.url).notifyPayment(request);
    expect(outcome).toMatchObject({ kind: 'not-sent', reason: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
    expect(peer.arrived).toEqual([]);
    await peer.close();
  });
});

describe('the outcome of a call is UNKNOWN (R9) if', () => {
  let peer: KaspiPeer;
  beforeAll(async () => {
    peer = await KaspiPeer.start();
  });
  afterAll(() => peer.close());

  it.each<[string, Reply]>([
    ['the connection is reset after it was sent', 'reset'],
    ['no answer comes in time', 'hang'],
    ['HTTP 500', { status: 500, json: SUCCESS }],
    ['HTTP 302: it is not followed', { status: 302, text: '' }],
    ['the body is not JSON', { text: '<html>ok</html>' }],
    ['the body is larger than 1 MB', { text: `{"result":{"resultCode":"SUCCESS","x":"${'x'.repeat(2_000_000)}"}}` }],
  ])('%s', async (_, reply) => {
    peer.script = () => reply;
    const kaspi = createClient(peer.url, reply === 'hang' ? SHORT_TIMEOUTS : {});
    expect(await kaspi.notifyPayment(request)).toMatchObject({ kind: 'unknown' });
  });

  it('the answer arrives byte by byte without an end', async () => {
    const slowPeer = await startTcpPeer((socket) => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n');
      const timer = setInterval(() => socket.write(' '), 20);
      socket.once('close', () => clearInterval(timer));
    });
    expect(await createClient(`http://${slowPeer.host}`, SHORT_TIMEOUTS).notifyPayment(request)).toMatchObject({
      kind: 'unknown',
      reason: 'no answer in 300 ms',
    });
    await slowPeer.close();
  });

  it('it waited for a free connection, was sent on it, and got no answer', async () => {
    peer.script = () => ({ json: SUCCESS });
    const kaspi = createClient(peer.url, { NOTIFY_CONCURRENCY: '1', KASPI_TIMEOUT_MS: '2000' });
    let release: () => void = () => undefined;
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    const before = peer.arrived.length;
    peer.script = async (_, index) => {
      if (index > before) return 'hang';
      await released;
      return { json: SUCCESS };
    };
    const first = kaspi.notifyPayment(request);
    const queued = kaspi.notifyPayment(request);
    release();
    expect(await first).toMatchObject({ kind: 'answered' });
    expect(await queued).toMatchObject({ kind: 'unknown' });
    expect(peer.arrived).toHaveLength(before + 2);
  });

  it('a kept connection was closed by the peer: the request may have arrived', async () => {
    const text = JSON.stringify(SUCCESS);
    let requests = 0;
    const closing = await startTcpPeer((socket) => {
      socket.on('data', () => {
        if (++requests > 1) socket.resetAndDestroy();
        else socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${text.length}\r\n\r\n${text}`);
      });
    });
    const kaspi = createClient(`http://${closing.host}`);
    expect(await kaspi.notifyPayment(request)).toMatchObject({ kind: 'answered' });
    expect(await kaspi.notifyPayment(request)).toMatchObject({ kind: 'unknown' });
    await closing.close();
  });
});

describe('a call is ANSWERED (R9) with a resultCode and an HTTP status below 500:', () => {
  it.each<[string, Reply, string]>([
    ['SUCCESS', { json: SUCCESS }, 'SUCCESS'],
    ['HTTP 400 with a result', { status: 400, json: { result: { resultCode: 'PARAM_ILLEGAL' } } }, 'PARAM_ILLEGAL'],
    ['an unlisted code, with the content type of HTML', { text: '{"result":{"resultCode":"NEW_CODE"}}' }, 'NEW_CODE'],
  ])('%s', async (_, reply, resultCode) => {
    const peer = await KaspiPeer.start(() => reply);
    expect(await createClient(peer.url).notifyPayment(request)).toMatchObject({ kind: 'answered', resultCode });
    await peer.close();
  });

  it('the connection is kept for the next call', async () => {
    const peer = await KaspiPeer.start(() => ({ json: SUCCESS }));
    const kaspi = createClient(peer.url);
    for (let call = 0; call < 3; call++) await kaspi.notifyPayment(request);
    expect(peer.connections).toBe(1);
    await peer.close();
  });
});

it('the outcome of a call is recorded in the health of the PS, by its method', async () => {
  const replies: Reply[] = ['reset', 'hang', { status: 503, text: '' }, { text: '<html>' }, { json: SUCCESS }];
  const peer = await KaspiPeer.start(() => replies.shift() ?? { json: SUCCESS });
  const { kaspi, health } = createClientAndHealth(peer.url, { SCAN_TIMEOUT_MS: '300' });
  const failuresAfter = async (method: 'scan' | 'checkout' | 'notifyPayment') => {
    await kaspi[method](request);
    return [health.view.failuresInARow.questions, health.view.failuresInARow.notifies];
  };
  expect(await failuresAfter('scan')).toEqual([1, 0]);
  expect(await failuresAfter('checkout')).toEqual([2, 0]);
  expect(await failuresAfter('notifyPayment')).toEqual([2, 1]);
  expect(await failuresAfter('notifyPayment')).toEqual([2, 2]);
  expect(health.view.lastFailure).toMatchObject({ method: 'notifyPayment', reason: 'HTTP 200 without a JSON object' });
  expect(await failuresAfter('notifyPayment')).toEqual([0, 0]);
  await peer.close();
});
