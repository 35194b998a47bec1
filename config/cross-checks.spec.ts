import { describe, expect, it } from '@jest/globals';
import { Settings } from './settings.js';
import { needed, problemsOf } from './testing/settings-problems.js';

describe('settings that depend on each other', () => {
  it.each([
    [{ KASPI_TLS_CERT: 'c' }, ['KASPI_TLS_KEY', 'KASPI_TLS_CA']],
    [{ KASPI_TLS_KEY: 'k' }, ['KASPI_TLS_CERT', 'KASPI_TLS_CA']],
    [{ KASPI_TLS_CERT: 'c', KASPI_TLS_KEY: 'k' }, ['KASPI_TLS_CA']],
    [{ KASPI_TLS_CERT: 'c', KASPI_TLS_KEY: 'k', KASPI_TLS_CA: 'a' }, []],
  ])('for TLS of the Kaspi-facing listener are set all three or not at all: %j', (some, missing) => {
    expect(problemsOf({ ...needed, ...some })).toEqual(missing);
  });

  it.each(['NOTIFY', 'REFUND', 'NOTIFICATION', 'CORE_BANKING'])(
    'for the retries %s: the longest pause must not be below the first',
    (name) => {
      const retries = (base: number, max: number) => ({
        [`${name}_RETRY_BASE_MS`]: String(base),
        [`${name}_RETRY_MAX_MS`]: String(max),
      });
      expect(problemsOf({ ...needed, ...retries(1000, 1000) })).toEqual([]);
      expect(problemsOf({ ...needed, ...retries(1000, 999) })).toEqual([`${name}_RETRY_MAX_MS`]);
    },
  );

  it.each([
    [{ NODE_ENV: 'production' }, 'AUTH_JWKS_URI'],
    [{ AUTH_JWKS_URI: 'https://id.bank.kz/jwks', AUTH_AUDIENCE: 'mpp' }, 'AUTH_ISSUER'],
    [{ AUTH_JWKS_URI: 'https://id.bank.kz/jwks', AUTH_ISSUER: 'bank' }, 'AUTH_AUDIENCE'],
    [{ NOTIFICATION_URL: 'https://gateway.bank.kz' }, 'NOTIFICATION_SECRET'],
    [{ REGISTRY_IMAP_URL: 'imaps://user:password@mail.bank.kz/INBOX' }, 'REGISTRY_IMAP_SENDERS'],
  ])('%j requires %s', (given, name) => {
    expect(problemsOf({ ...needed, ...given })).toEqual([name]);
  });
});

it('Downloads leave two connections of reports at least to the check of the books and to registries', () => {
  const settings = (size: number, downloads: number) => ({
    ...needed,
    DATABASE_REPORT_POOL_SIZE: String(size),
    DOWNLOADS_AT_ONCE: String(downloads),
  });
  expect(problemsOf(settings(6, 4))).toEqual([]);
  expect(problemsOf(settings(5, 4))).toEqual(['DATABASE_REPORT_POOL_SIZE']);
});

describe('settings of the core banking connection', () => {
  const core = { ...needed, CORE_BANKING_URL: 'https://core.bank.kz/mpp' };
  const TOKEN = { CORE_BANKING_TOKEN: 'token-of-the-core' };
  const CERTIFICATE = { CORE_BANKING_TLS_CERT: 'cert.pem', CORE_BANKING_TLS_KEY: 'key.pem' };

  it('are not set by default: the server’s own ledger keeps the accounts', () => {
    expect(Settings.read(needed).CORE_BANKING_URL).toBeUndefined();
    expect(Settings.read({ ...needed, CORE_BANKING_URL: '' }).CORE_BANKING_URL).toBeUndefined();
  });

  it('have the defaults of the contract', () => {
    expect(Settings.read(core)).toMatchObject({
      CORE_BANKING_URL: 'https://core.bank.kz/mpp',
      CORE_BANKING_TIMEOUT_MS: 5000,
      CORE_BANKING_RETRY_BASE_MS: 500,
      CORE_BANKING_RETRY_MAX_MS: 30_000,
      CORE_BANKING_CONCURRENCY: 64,
    });
  });

  it.each([
    ['the certificate without its key', { CORE_BANKING_TLS_CERT: 'c' }, ['CORE_BANKING_TLS_KEY']],
    ['the key without its certificate', { CORE_BANKING_TLS_KEY: 'k' }, ['CORE_BANKING_TLS_CERT']],
    ['both', CERTIFICATE, []],
    ['the authority alone, since a token may authenticate the server', { CORE_BANKING_TLS_CA: 'a' }, []],
    ['neither', {}, []],
  ])('with %s: %j lacks %j', (_, some, missing) => {
    expect(problemsOf({ ...core, ...some })).toEqual(missing);
  });

  it.each([
    ['nothing', {}, ['CORE_BANKING_TOKEN']],
    ['an authority alone', { CORE_BANKING_TLS_CA: 'a' }, ['CORE_BANKING_TOKEN']],
    ['a token', TOKEN, []],
    ['a certificate', CERTIFICATE, []],
    ['both', { ...TOKEN, ...CERTIFICATE }, []],
  ])('in production need a token or a certificate: with %s', (_, some, missing) => {
    const issuer = { AUTH_JWKS_URI: 'https://id.bank.kz/jwks', AUTH_ISSUER: 'i', AUTH_AUDIENCE: 'a' };
    expect(problemsOf({ ...core, ...issuer, ...some, NODE_ENV: 'production' })).toEqual(missing);
    expect(problemsOf({ ...needed, ...issuer, NODE_ENV: 'production' })).toEqual([]);
  });

  it.each([
    ['500', '499', ['CORE_BANKING_RETRY_MAX_MS']],
    ['500', '500', []],
    ['500', '501', []],
    ['40000', undefined, ['CORE_BANKING_RETRY_MAX_MS']],
  ])('with a first pause of %s ms and a longest pause of %s ms: invalid is %j', (base, max, names) => {
    const given = { CORE_BANKING_RETRY_BASE_MS: base, ...(max !== undefined && { CORE_BANKING_RETRY_MAX_MS: max }) };
    expect(problemsOf({ ...core, ...given })).toEqual(names);
  });

  it.each([
    [{ CORE_BANKING_URL: 'core.bank.kz' }],
    [{ CORE_BANKING_URL: 'ftp://core.bank.kz' }],
    [{ CORE_BANKING_TOKEN: 'short' }],
    [{ CORE_BANKING_TIMEOUT_MS: '0' }],
    [{ CORE_BANKING_TIMEOUT_MS: '120001' }],
    [{ CORE_BANKING_RETRY_BASE_MS: '600001', CORE_BANKING_RETRY_MAX_MS: '600000' }],
    [{ CORE_BANKING_CONCURRENCY: '0' }],
    [{ CORE_BANKING_CONCURRENCY: '1001' }],
  ])('refuse %j with the name of the variable', (wrong) => {
    expect(problemsOf({ ...core, ...wrong })).toContain(Object.keys(wrong)[0]);
  });
});
