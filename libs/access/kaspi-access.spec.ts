import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import https from 'node:https';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Settings, SettingsError } from '@mpp/config';
import Fastify from 'fastify';
import { type Certified, certify } from '../../test/support/certificates.js';
import { createDatabase, type TestDatabase } from '../../test/support/database.js';
import { QUIET, startTestServer, type TestServer } from '../../test/support/mpp.js';
import { PsRefunds, refundBody } from '../../test/support/ps-refunds.js';
import { guardKaspiListener, kaspiListenerTls } from './kaspi-access.js';

const NEEDED = { DATABASE_URL: 'postgresql://localhost/mpp', KASPI_BASE_URL: 'http://127.0.0.1:9' };

const AUTHORITY = certify('Kaspi CA', null, 'authority');
const STRANGERS = certify('Other CA', null, 'authority');
const SERVER = certify('mpp', AUTHORITY, 'server');
const KASPI = certify('kaspi', AUTHORITY, 'client');
const TLS = { KASPI_TLS_CERT: SERVER.cert, KASPI_TLS_KEY: SERVER.key, KASPI_TLS_CA: AUTHORITY.cert };

let database: TestDatabase;

beforeAll(async () => {
  database = await createDatabase();
});

afterAll(() => database.drop());

const start = (env: Record<string, string>) =>
  startTestServer({ DATABASE_URL: database.url, KASPI_BASE_URL: 'http://127.0.0.1:9', ...env });
const callsKept = async () => (await database.query('select 1 from refund_calls')).length;

describe('the door to the PS, for whoever does not come from its networks', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await start({ KASPI_ALLOWED_CIDRS: '10.0.0.0/8, 192.168.1.7/32, 2001:db8::/32' });
  });

  afterAll(() => server.stop());

  const FULL = JSON.stringify(refundBody());
  it.each([
    ['a refund', 'POST', '/refund', FULL],
    ['a refund with a question', 'POST', '/refund?a=b', FULL],
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
    ['what only looks like one', 'POST', '/health/liveness', FULL],
    ['the end of one', 'POST', '/refund?/health/live', FULL],
    ['an encoded one', 'GET', '/health%2flive', undefined],
  ])('%s is 403 without a word', async (_, method, path, body) => {
    const before = await callsKept();
    const answer = await fetch(server.kaspiUrl + path, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body !== undefined && { body }),
    });
    expect([answer.status, await answer.text()]).toEqual([403, '']);
    expect(answer.headers.get('content-type')).toBeNull();
    expect(answer.headers.get('connection')).toBe('close');
    expect(await callsKept()).toBe(before);
  });

  it('whatever they say in their headers', async () => {
    for (const header of ['x-forwarded-for', 'x-real-ip', 'forwarded', 'host', 'x-forwarded-host']) {
      const ps = new PsRefunds(`${server.kaspiUrl}/refund`);
      const reply = header === 'host' ? await ps.send(FULL) : await ps.send(FULL, { [header]: '10.0.0.1' });
      expect([header, reply.status, reply.text]).toEqual([header, 403, '']);
    }
  });

  it.each(['/health/live', '/health/ready', '/health/live?verbose'])('%s answers all the same', async (path) => {
    expect((await fetch(server.kaspiUrl + path)).status).toBe(200);
  });

  it('what is no HTTP is not answered in words either', async () => {
    const text = await new Promise<string>((resolve, reject) => {
      const socket = net.connect(Number(new URL(server.kaspiUrl).port), '127.0.0.1', () =>
        socket.write('HELLO\r\n\r\n'),
      );
      let heard = '';
      socket
        .setEncoding('latin1')
        .on('data', (data) => {
          heard += data;
        })
        .on('close', () => resolve(heard))
        .on('error', reject);
    });
    expect(text).toMatch(/^HTTP\/1\.1 4\d\d [^{}<]*\r\n\r\n$/);
  });

  it('an address that cannot be decoded is 403 too', async () => {
    expect((await fetch(`${server.kaspiUrl}/%zz`)).status).toBe(403);
  });
});

describe('the door’s networks', () => {
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
  ])('%s and a connection from %j: %i', async (cidrs, address, status) => {
    expect(await statusFor(cidrs, address)).toBe(status);
  });
});

describe('the door with mutual TLS', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await start({ ...TLS, KASPI_REFUND_PATH: '/kaspi/v2/refund' });
  });

  afterAll(() => server.stop());

  interface Heard {
    readonly status: number | undefined;
    readonly text: string;
  }

  /** As who has this certificate, and trusts ours; on a connection of its own. */
  async function ask(who: Pick<Certified, 'cert' | 'key'> | null, path = '/kaspi/v2/refund', method = 'POST') {
    const { port } = new URL(server.kaspiUrl);
    return new Promise<Heard>((resolve, reject) => {
      const request = https.request(
        {
          ...{ host: '127.0.0.1', port, path, method, ca: AUTHORITY.cert, agent: false },
          ...(who && { cert: who.cert, key: who.key }),
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

  it('answers whoever has a certificate of the authority', async () => {
    expect(await ask(KASPI)).toEqual(ANSWERED);
  });

  it.each<[string, Pick<Certified, 'cert' | 'key'> | null]>([
    ['no certificate', null],
    ['one of another authority', certify('kaspi', STRANGERS, 'client')],
    ['one that they signed themselves', certify('kaspi', null, 'client')],
    ['one that is over', certify('kaspi', AUTHORITY, 'client', -1)],
    ['one for servers', certify('kaspi', AUTHORITY, 'server')],
    ['one signed by a client of the authority', certify('kaspi', KASPI, 'client')],
  ])('gives 403 and no word to whoever has %s', async (_, who) => {
    const before = await callsKept();
    expect(await ask(who)).toEqual(REFUSED);
    expect(await ask(who, '/nothing', 'GET')).toEqual(REFUSED);
    expect(await callsKept()).toBe(before);
    for (const path of ['/health/live', '/health/ready']) {
      expect(await ask(who, path, 'GET')).toMatchObject({ status: 200 });
    }
  });

  it('lets nobody in with one that says that it is of the authority, but is not, and answers the PS beside them', async () => {
    const forged = certify('kaspi', { ...STRANGERS, name: AUTHORITY.name }, 'client');
    const before = await callsKept();
    // OpenSSL's complaint about the signature can cut the connection off before the 403 is out.
    const attempts = Array.from({ length: 5 }, () => ask(forged).catch(() => ({ status: 400, text: '' })));
    const answers = await Promise.all([ask(KASPI), ...attempts]);
    expect(answers[0]).toEqual(ANSWERED);
    for (const { status, text } of answers.slice(1)) {
      expect([400, 403]).toContain(status);
      expect(text).toBe('');
    }
    expect(await callsKept()).toBe(before + 1);
  });

  it.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'lets nobody in on a session taken up again that was let in by nobody: %s',
    async (version) => {
      const once = (who: Certified | null, session?: Buffer) =>
        new Promise<{ status: string; reused: boolean; session: Buffer | undefined }>((resolve, reject) => {
          let text = '';
          let given: Buffer | undefined;
          const socket = tls.connect({
            ...{ host: '127.0.0.1', port: Number(new URL(server.kaspiUrl).port), ca: AUTHORITY.cert, session },
            ...{ minVersion: version, maxVersion: version, ...(who && { cert: who.cert, key: who.key }) },
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
              given = bytes;
            })
            .on('data', (data) => {
              text += data;
            })
            .on('close', () => resolve({ status: text.slice(9, 12), reused, session: given }))
            .on('error', reject);
        });
      const stranger = await once(null);
      expect(stranger.status).toBe('403');
      expect((await once(null, stranger.session)).status).toBe('403');
      // The PS may take up its own.
      const kaspi = await once(KASPI);
      expect(kaspi.status).toBe('200');
      expect(await once(KASPI, kaspi.session)).toMatchObject({ status: '200', reused: true });
    },
  );

  it('says nothing to who speaks without TLS', async () => {
    await expect(fetch(server.kaspiUrl.replace('https:', 'http:'))).rejects.toThrow();
  });

  it('takes refunds at the path that is set, and at no other', async () => {
    expect(await ask(KASPI, '/kaspi/v2/refund')).toEqual(ANSWERED);
    for (const path of ['/refund', '/kaspi/v2', '/kaspi/v2/refund/', '/KASPI/v2/refund', '/']) {
      expect([path, await ask(KASPI, path)]).toEqual([path, { status: 404, text: '' }]);
    }
    expect(await ask(KASPI, '/kaspi/v2/refund', 'GET')).toEqual({ status: 404, text: '' });
  });
});

describe('the door’s certificates', () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mpp-door-'));
  });

  afterAll(() => rm(folder, { recursive: true }));

  async function file(name: string, text: string): Promise<string> {
    await writeFile(join(folder, name), text);
    return join(folder, name);
  }

  async function namesOf(start: () => unknown): Promise<string[]> {
    try {
      await start();
    } catch (error) {
      if (!(error instanceof SettingsError)) throw error;
      // A key is never told.
      expect(error.message).not.toContain('PRIVATE KEY');
      return error.problems.map(({ name }) => name);
    }
    return [];
  }
  const read = (env: Record<string, string>) => kaspiListenerTls(Settings.read({ ...NEEDED, ...QUIET, ...env }));

  it('are none where none is set', () => {
    expect(read({})).toBeNull();
  });

  it('are files, or the texts themselves', async () => {
    const files = {
      KASPI_TLS_CERT: await file('cert.pem', SERVER.cert),
      KASPI_TLS_KEY: await file('key.pem', SERVER.key),
      KASPI_TLS_CA: await file('ca.pem', `Kaspi’s authority\n${AUTHORITY.cert}`),
    };
    const made = { cert: SERVER.cert, key: SERVER.key, requestCert: true, minVersion: 'TLSv1.2' };
    expect(read(files)).toMatchObject(made);
    expect(read(TLS)).toMatchObject(made);
  });

  it.each([
    ['a certificate that is not there', { KASPI_TLS_CERT: '/nowhere/cert.pem' }, 'KASPI_TLS_CERT'],
    ['a key that is not there', { KASPI_TLS_KEY: '/nowhere/key.pem' }, 'KASPI_TLS_KEY'],
    ['an authority that is not there', { KASPI_TLS_CA: '/nowhere/ca.pem' }, 'KASPI_TLS_CA'],
    ['a folder', { KASPI_TLS_CERT: tmpdir() }, 'KASPI_TLS_CERT'],
    ['a file that is no PEM', { KASPI_TLS_CA: '/etc/hostname' }, 'KASPI_TLS_CA'],
    ['a broken certificate', { KASPI_TLS_CERT: SERVER.cert.replace(/MI.{20}/, 'AAAA') }, 'KASPI_TLS_CERT'],
    ['a key for a certificate', { KASPI_TLS_CERT: SERVER.key }, 'KASPI_TLS_CERT'],
    ['a broken key', { KASPI_TLS_KEY: SERVER.key.replace(/MI.{20}/, 'AAAA') }, 'KASPI_TLS_KEY'],
    ['a certificate for a key', { KASPI_TLS_KEY: SERVER.cert }, 'KASPI_TLS_KEY'],
    ['the key of another certificate', { KASPI_TLS_KEY: KASPI.key }, 'KASPI_TLS_KEY'],
  ])('that are %s stop the start, by name', async (_, bad, name) => {
    expect(await namesOf(() => start({ ...TLS, ...bad }))).toEqual([name]);
  });

  it.each([
    ['a key', SERVER.key],
    ['broken', AUTHORITY.cert.replace(/MI.{20}/, 'AAAA')],
  ])('whose authority is %s stop the start, by name', async (_, ca) => {
    expect(await namesOf(() => read({ ...TLS, KASPI_TLS_CA: ca }))).toEqual(['KASPI_TLS_CA']);
  });

  it.each([
    [{ KASPI_TLS_CERT: SERVER.cert }, ['KASPI_TLS_KEY', 'KASPI_TLS_CA']],
    [{ KASPI_TLS_KEY: SERVER.key }, ['KASPI_TLS_CERT', 'KASPI_TLS_CA']],
    [{ KASPI_TLS_CA: AUTHORITY.cert }, ['KASPI_TLS_CERT', 'KASPI_TLS_KEY']],
    [{ KASPI_TLS_CERT: SERVER.cert, KASPI_TLS_KEY: SERVER.key }, ['KASPI_TLS_CA']],
    [{ KASPI_TLS_CERT: SERVER.cert, KASPI_TLS_KEY: SERVER.key, KASPI_TLS_CA: '' }, ['KASPI_TLS_CA']],
  ])('are three or none (%#)', async (some, missing) => {
    expect(await namesOf(() => read(some))).toEqual(missing);
  });
});
