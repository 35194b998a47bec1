import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Settings, SettingsError } from '@mpp/config';
import { certify } from '../../../test/support/certificates.js';
import { DONE, HttpCores, MOVEMENT } from '../../../test/support/http-cores.js';
import { KaspiPeer } from '../../../test/support/kaspi-peer.js';
import { coreTls } from './tls.js';

const cores = new HttpCores();
afterEach(() => cores.close());

describe('over TLS', () => {
  const authority = certify('Bank CA', null, 'authority');
  const server = certify('core', authority, 'server');
  const client = certify('mpp', authority, 'client');
  const otherAuthority = certify('Other CA', null, 'authority');
  const mutual = {
    key: server.key,
    cert: server.cert,
    ca: authority.cert,
    requestCert: true,
    rejectUnauthorized: true,
  };
  const CLIENT_CERTIFICATE = { CORE_BANKING_TLS_CERT: client.cert, CORE_BANKING_TLS_KEY: client.key };
  const AUTHORITY = { CORE_BANKING_TLS_CA: authority.cert };
  let secure: KaspiPeer;

  beforeAll(async () => {
    secure = await KaspiPeer.start(() => DONE, mutual);
  });
  afterAll(() => secure.close());
  beforeEach(() => {
    secure.arrived.length = 0;
  });

  it('the core verifies our certificate, and we verify the core’s', async () => {
    const core = cores.at(secure.url, { ...CLIENT_CERTIFICATE, ...AUTHORITY });
    expect(await core.requestDebit(MOVEMENT)).toMatchObject({ kind: 'done' });
    expect(await core.findOutcome(MOVEMENT.operationId)).toMatchObject({ kind: 'done' });
    expect(secure.arrived).toHaveLength(2);
  });

  const untrusted = certify('mpp', otherAuthority, 'client');
  it.each<[string, Record<string, string>]>([
    ['no certificate', AUTHORITY],
    [
      'a certificate of another authority',
      { ...AUTHORITY, CORE_BANKING_TLS_CERT: untrusted.cert, CORE_BANKING_TLS_KEY: untrusted.key },
    ],
  ])('a core that requires a client certificate receives no request with %s', async (_, env) => {
    expect((await cores.at(secure.url, env).requestDebit(MOVEMENT)).kind).toBe('unknown');
    expect(secure.arrived).toEqual([]);
  });

  it.each<[string, Record<string, string>]>([
    ['its authority is not configured', CLIENT_CERTIFICATE],
    ['its certificate is of another authority', { ...CLIENT_CERTIFICATE, CORE_BANKING_TLS_CA: otherAuthority.cert }],
  ])('a core receives nothing, not even our certificate, if %s', async (_, env) => {
    expect(await cores.at(secure.url, env).requestDebit(MOVEMENT)).toMatchObject({ kind: 'unknown', sent: false });
    expect(secure.arrived).toEqual([]);
  });
});

describe('the TLS settings of the core', () => {
  const [own, other] = [certify('mpp', null, 'client'), certify('other', null, 'client')];
  const CERT = { CORE_BANKING_TLS_CERT: own.cert, CORE_BANKING_TLS_KEY: own.key };
  const tlsOf = (env: Record<string, string>) =>
    coreTls(Settings.read({ DATABASE_URL: 'postgresql://nowhere', KASPI_BASE_URL: 'http://127.0.0.1:9', ...env }));

  it('are the text of a PEM file or its path, and can be omitted', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'mpp-core-tls-'));
    const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
    await Promise.all([writeFile(cert, own.cert), writeFile(key, own.key)]);
    const options = { cert: own.cert, key: own.key, minVersion: 'TLSv1.2' };
    expect(tlsOf({ CORE_BANKING_TLS_CERT: cert, CORE_BANKING_TLS_KEY: key })).toEqual(options);
    expect(tlsOf(CERT)).toEqual(options);
    expect(tlsOf({})).toEqual({ minVersion: 'TLSv1.2' });
    await rm(folder, { recursive: true });
  });

  it.each<[string, Record<string, string>, string]>([
    [
      'a certificate file that does not exist',
      { ...CERT, CORE_BANKING_TLS_CERT: '/nowhere/c.pem' },
      'CORE_BANKING_TLS_CERT',
    ],
    ['a key file that does not exist', { ...CERT, CORE_BANKING_TLS_KEY: '/nowhere/k.pem' }, 'CORE_BANKING_TLS_KEY'],
    ['an authority file that does not exist', { CORE_BANKING_TLS_CA: '/nowhere/a.pem' }, 'CORE_BANKING_TLS_CA'],
    ['a key in place of the certificate', { ...CERT, CORE_BANKING_TLS_CERT: own.key }, 'CORE_BANKING_TLS_CERT'],
    ['a certificate in place of the key', { ...CERT, CORE_BANKING_TLS_KEY: own.cert }, 'CORE_BANKING_TLS_KEY'],
    ['the key of another certificate', { ...CERT, CORE_BANKING_TLS_KEY: other.key }, 'CORE_BANKING_TLS_KEY'],
    ['half a certificate', { ...CERT, CORE_BANKING_TLS_CERT: own.cert.slice(0, 90) }, 'CORE_BANKING_TLS_CERT'],
    ['half an authority', { CORE_BANKING_TLS_CA: own.cert.slice(0, 90) }, 'CORE_BANKING_TLS_CA'],
    ['a file that is not PEM', { CORE_BANKING_TLS_CA: import.meta.filename }, 'CORE_BANKING_TLS_CA'],
  ])('refuse %s, and the error names the setting', (_, env, name) => {
    const problem = (() => {
      try {
        tlsOf(env);
      } catch (error) {
        return error;
      }
      return null;
    })();
    expect(problem).toBeInstanceOf(SettingsError);
    expect((problem as SettingsError).problems.map((each) => each.name)).toEqual([name]);
  });
});

it('the log contains neither personal data nor the token, in all tests of this file', () => {
  cores.expectNoSecretsInLog();
});
