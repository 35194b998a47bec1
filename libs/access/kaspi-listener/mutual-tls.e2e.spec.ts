import https from 'node:https';
import tls from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Certified, certify } from '../../../test/support/certificates.js';
import { AUTHORITY, KASPI, kaspiListenerFixture, TLS } from '../../../test/support/kaspi-listener-fixture.js';
import type { TestServer } from '../../../test/support/mpp.js';
import { refundBody } from '../../../test/support/ps-refunds.js';

const OTHER_AUTHORITY = certify('Other CA', null, 'authority');

const { start, countRefundCalls } = kaspiListenerFixture();

describe('the Kaspi-facing listener with mutual TLS', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await start({ ...TLS, KASPI_REFUND_PATH: '/kaspi/v2/refund' });
  });

  afterAll(() => server.stop());

  interface ReceivedAnswer {
    readonly status: number | undefined;
    readonly text: string;
  }

  /** Calls with this certificate on a new connection, and trusts the server’s authority. */
  async function send(caller: Pick<Certified, 'cert' | 'key'> | null, path = '/kaspi/v2/refund', method = 'POST') {
    const { port } = new URL(server.kaspiUrl);
    return new Promise<ReceivedAnswer>((resolve, reject) => {
      const request = https.request(
        {
          ...{ host: '127.0.0.1', port, path, method, ca: AUTHORITY.cert, agent: false },
          ...(caller && { cert: caller.cert, key: caller.key }),
          headers: { 'content-type': 'application/json' },
        },
        (response) => {
          let text = '';
          response.setEncoding('utf8').on('data', (data) => {
            text += data;
          });
          response.on('end', () => resolve({ status: response.statusCode, text }));
        },
      );
      request.on('error', reject);
      request.end(method === 'POST' ? JSON.stringify(refundBody()) : undefined);
    });
  }

  const REFUSED = { status: 403, text: '' };
  const ANSWERED = {
    status: 200,
    text: '{"result":{"resultCode":"PARAM_ILLEGAL","resultMessage":"paymentId is unknown"}}',
  };

  it('answers a caller with a certificate of the authority', async () => {
    expect(await send(KASPI)).toEqual(ANSWERED);
  });

  it.each<[string, Pick<Certified, 'cert' | 'key'> | null]>([
    ['no certificate', null],
    ['a certificate of another authority', certify('kaspi', OTHER_AUTHORITY, 'client')],
    ['a self-signed certificate', certify('kaspi', null, 'client')],
    ['an expired certificate', certify('kaspi', AUTHORITY, 'client', -1)],
    ['a certificate for servers', certify('kaspi', AUTHORITY, 'server')],
    ['a certificate signed by a client of the authority', certify('kaspi', KASPI, 'client')],
  ])('answers 403 without a body to a caller with %s', async (_, caller) => {
    const before = await countRefundCalls();
    expect(await send(caller)).toEqual(REFUSED);
    expect(await send(caller, '/nothing', 'GET')).toEqual(REFUSED);
    expect(await countRefundCalls()).toBe(before);
    for (const path of ['/health/live', '/health/ready']) {
      expect(await send(caller, path, 'GET')).toMatchObject({ status: 200 });
    }
  });

  it('refuses a certificate with the authority’s name but another signature, and answers the PS at the same time', async () => {
    const forged = certify('kaspi', { ...OTHER_AUTHORITY, name: AUTHORITY.name }, 'client');
    const before = await countRefundCalls();
    // The TLS error about the signature may end the connection before the 403 is sent.
    const attempts = Array.from({ length: 5 }, () => send(forged).catch(() => ({ status: 400, text: '' })));
    const answers = await Promise.all([send(KASPI), ...attempts]);
    expect(answers[0]).toEqual(ANSWERED);
    for (const { status, text } of answers.slice(1)) {
      expect([400, 403]).toContain(status);
      expect(text).toBe('');
    }
    expect(await countRefundCalls()).toBe(before + 1);
  });

  it.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'refuses a resumed session that was not authorised before: %s',
    async (version) => {
      const once = (caller: Certified | null, session?: Buffer) =>
        new Promise<{ status: string; reused: boolean; session: Buffer | undefined }>((resolve, reject) => {
          let text = '';
          let newSession: Buffer | undefined;
          const socket = tls.connect({
            ...{ host: '127.0.0.1', port: Number(new URL(server.kaspiUrl).port), ca: AUTHORITY.cert, session },
            ...{ minVersion: version, maxVersion: version, ...(caller && { cert: caller.cert, key: caller.key }) },
          });
          let reused = false;
          socket
            .on('secureConnect', () => {
              reused = socket.isSessionReused();
              socket.write(
                'POST /kaspi/v2/refund HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-length: 2\r\n\r\n{}',
              );
            })
            .on('session', (bytes) => {
              newSession = bytes;
            })
            .on('data', (data) => {
              text += data;
            })
            .on('close', () => resolve({ status: text.slice(9, 12), reused, session: newSession }))
            .on('error', reject);
        });
      const stranger = await once(null);
      expect(stranger.status).toBe('403');
      expect((await once(null, stranger.session)).status).toBe('403');
      // The PS may resume its own session.
      const kaspi = await once(KASPI);
      expect(kaspi.status).toBe('200');
      expect(await once(KASPI, kaspi.session)).toMatchObject({ status: '200', reused: true });
    },
  );

  it('sends nothing to a caller without TLS', async () => {
    await expect(fetch(server.kaspiUrl.replace('https:', 'http:'))).rejects.toThrow();
  });

  it('accepts refunds at the configured path only', async () => {
    expect(await send(KASPI, '/kaspi/v2/refund')).toEqual(ANSWERED);
    for (const path of ['/refund', '/kaspi/v2', '/kaspi/v2/refund/', '/KASPI/v2/refund', '/']) {
      expect([path, await send(KASPI, path)]).toEqual([path, { status: 404, text: '' }]);
    }
    expect(await send(KASPI, '/kaspi/v2/refund', 'GET')).toEqual({ status: 404, text: '' });
  });
});
