import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Settings, SettingsError } from '@mpp/config';
import type { CustomerId } from '@mpp/kernel';
import { certify } from '../../../test/support/certificates.js';
import { ALIA, AT_BANK, DONE, HttpCores, IBAN, MOVEMENT, SOON } from '../../../test/support/http-cores.js';
import { KaspiPeer, type Reply } from '../../../test/support/kaspi-peer.js';
import { accountIdOf, coreTls } from './http-core.js';

const BEKZAT = '900900000002' as CustomerId;
const cores = new HttpCores();
let peer: KaspiPeer;
beforeAll(async () => {
  peer = await KaspiPeer.start();
});
afterAll(() => peer.close());
afterEach(() => cores.close());
beforeEach(() => {
  peer.script = () => DONE;
  peer.arrived.length = 0;
});

describe('a customer’s accounts at the core', () => {
  const accounts = (...items: unknown[]): Reply => ({ json: { accounts: items } });

  it('are known by an id of ours and by the bank’s own, with what can be spent in tiyn', async () => {
    const overdrawn = { ...AT_BANK, id: 'KZ2', name: '', balance: '-0.5', status: 'BLOCKED', preferred: true };
    peer.script = () => accounts(AT_BANK, overdrawn);
    expect(await cores.at(peer.url).accounts(ALIA)).toEqual([
      {
        id: accountIdOf(ALIA, IBAN),
        coreAccount: IBAN,
        name: 'Зарплатный',
        currency: 'KZT',
        balance: 100_000n,
        status: 'OPEN',
        preferred: false,
      },
      {
        id: accountIdOf(ALIA, 'KZ2'),
        coreAccount: 'KZ2',
        name: '',
        currency: 'KZT',
        balance: -50n,
        status: 'BLOCKED',
        preferred: true,
      },
    ]);
  });

  it('have the same id for ever and in every process, another for each customer and account', () => {
    expect(accountIdOf(ALIA, IBAN)).toBe('10f384ce-c734-5339-b31f-68a4d1cb7eae');
    const ids = [
      accountIdOf(ALIA, IBAN),
      accountIdOf(ALIA, 'KZ2'),
      accountIdOf(BEKZAT, IBAN),
      // What stands where does not run together.
      accountIdOf('1' as CustomerId, '23'),
      accountIdOf('12' as CustomerId, '3'),
    ];
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('are none of a customer whom it does not know', async () => {
    peer.script = () => ({ status: 404, json: {} });
    expect(await cores.at(peer.url).accounts(ALIA)).toEqual([]);
  });

  it.each<[string, Reply]>([
    ['silence', 'hang'],
    ['a reset', 'reset'],
    ['HTTP 503', { status: 503, text: '' }],
    ['HTTP 401', { status: 401, json: { accounts: [AT_BANK] } }],
    ['a page', { text: '<html>' }],
    ['an answer without accounts', { json: {} }],
    ['an account with an odd balance', accounts(AT_BANK, { ...AT_BANK, id: 'KZ2', balance: '1 000,00' })],
    ['an account of a state that nobody knows', accounts({ ...AT_BANK, status: 'DORMANT' })],
    ['more than any customer has', accounts(...Array(20_000).fill(AT_BANK))],
  ])('are not known after %s: CORE_UNAVAILABLE', async (_, reply) => {
    peer.script = () => reply;
    const core = cores.at(peer.url, reply === 'hang' ? SOON : {});
    await expect(core.accounts(ALIA)).rejects.toMatchObject({ code: 'CORE_UNAVAILABLE' });
  });

  it('are asked for no longer than the caller waits', async () => {
    peer.script = () => 'hang';
    const core = cores.at(peer.url, { CORE_BANKING_TIMEOUT_MS: '60000' });
    await expect(core.accounts(ALIA, 50)).rejects.toMatchObject({ code: 'CORE_UNAVAILABLE' });
    expect(cores.lines.at(-1)).toBe('accounts: no answer in 50 ms');
  });
});

describe('over TLS', () => {
  const authority = certify('Bank CA', null, 'authority');
  const server = certify('core', authority, 'server');
  const us = certify('mpp', authority, 'client');
  const strangers = certify('Other CA', null, 'authority');
  const mutual = {
    key: server.key,
    cert: server.cert,
    ca: authority.cert,
    requestCert: true,
    rejectUnauthorized: true,
  };
  const OURS = { CORE_BANKING_TLS_CERT: us.cert, CORE_BANKING_TLS_KEY: us.key };
  const THEIRS = { CORE_BANKING_TLS_CA: authority.cert };
  let secure: KaspiPeer;

  beforeAll(async () => {
    secure = await KaspiPeer.start(() => DONE, mutual);
  });
  afterAll(() => secure.close());
  beforeEach(() => {
    secure.arrived.length = 0;
  });

  it('the core knows us by our certificate, and we know it by its authority', async () => {
    const core = cores.at(secure.url, { ...OURS, ...THEIRS });
    expect(await core.debit(MOVEMENT)).toMatchObject({ kind: 'done' });
    expect(await core.outcome(MOVEMENT.operationId)).toMatchObject({ kind: 'done' });
    expect(secure.arrived).toHaveLength(2);
  });

  const stranger = certify('mpp', strangers, 'client');
  it.each<[string, Record<string, string>]>([
    ['no certificate', THEIRS],
    [
      'a certificate of another authority',
      { ...THEIRS, CORE_BANKING_TLS_CERT: stranger.cert, CORE_BANKING_TLS_KEY: stranger.key },
    ],
  ])('a core that demands one is asked nothing with %s', async (_, env) => {
    expect((await cores.at(secure.url, env).debit(MOVEMENT)).kind).toBe('unknown');
    expect(secure.arrived).toEqual([]);
  });

  it.each<[string, Record<string, string>]>([
    ['we know no authority of it', OURS],
    ['another authority than ours has certified it', { ...OURS, CORE_BANKING_TLS_CA: strangers.cert }],
  ])('nothing is told to one of which %s: not even who we are', async (_, env) => {
    expect(await cores.at(secure.url, env).debit(MOVEMENT)).toMatchObject({ kind: 'unknown', sent: false });
    expect(secure.arrived).toEqual([]);
  });
});

describe('what we show to the core’s TLS', () => {
  const [ours, theirs] = [certify('mpp', null, 'client'), certify('other', null, 'client')];
  const CERT = { CORE_BANKING_TLS_CERT: ours.cert, CORE_BANKING_TLS_KEY: ours.key };
  const tlsOf = (env: Record<string, string>) =>
    coreTls(Settings.read({ DATABASE_URL: 'postgresql://nowhere', KASPI_BASE_URL: 'http://127.0.0.1:9', ...env }));

  it('is read as the text of a PEM file or from its path; nothing is shown where nothing is set', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'mpp-core-tls-'));
    const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
    await Promise.all([writeFile(cert, ours.cert), writeFile(key, ours.key)]);
    const read = { cert: ours.cert, key: ours.key, minVersion: 'TLSv1.2' };
    expect(tlsOf({ CORE_BANKING_TLS_CERT: cert, CORE_BANKING_TLS_KEY: key })).toEqual(read);
    expect(tlsOf(CERT)).toEqual(read);
    expect(tlsOf({})).toEqual({ minVersion: 'TLSv1.2' });
    await rm(folder, { recursive: true });
  });

  it.each<[string, Record<string, string>, string]>([
    ['a certificate that is not there', { ...CERT, CORE_BANKING_TLS_CERT: '/nowhere/c.pem' }, 'CORE_BANKING_TLS_CERT'],
    ['a key that is not there', { ...CERT, CORE_BANKING_TLS_KEY: '/nowhere/k.pem' }, 'CORE_BANKING_TLS_KEY'],
    ['an authority that is not there', { CORE_BANKING_TLS_CA: '/nowhere/a.pem' }, 'CORE_BANKING_TLS_CA'],
    ['a certificate that is none', { ...CERT, CORE_BANKING_TLS_CERT: ours.key }, 'CORE_BANKING_TLS_CERT'],
    ['a key that is none', { ...CERT, CORE_BANKING_TLS_KEY: ours.cert }, 'CORE_BANKING_TLS_KEY'],
    ['the key of another certificate', { ...CERT, CORE_BANKING_TLS_KEY: theirs.key }, 'CORE_BANKING_TLS_KEY'],
    ['half a certificate', { ...CERT, CORE_BANKING_TLS_CERT: ours.cert.slice(0, 90) }, 'CORE_BANKING_TLS_CERT'],
    ['half an authority', { CORE_BANKING_TLS_CA: ours.cert.slice(0, 90) }, 'CORE_BANKING_TLS_CA'],
    ['a file that is no PEM', { CORE_BANKING_TLS_CA: import.meta.filename }, 'CORE_BANKING_TLS_CA'],
  ])('is not %s: the start is stopped, and the setting named', (_, env, name) => {
    const problem = (() => {
      try {
        tlsOf(env);
      } catch (error) {
        return error;
      }
      return null;
    })();
    expect(problem).toBeInstanceOf(SettingsError);
    expect((problem as SettingsError).problems.map((one) => one.name)).toEqual([name]);
  });
});

it('nothing of the customer and nothing of the token is in the log, whatever happened in this file', () => {
  cores.expectNothingPersonal();
});
