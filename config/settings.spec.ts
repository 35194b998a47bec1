import { describe, expect, it } from '@jest/globals';
import { Settings, SettingsError } from './settings.js';

const needed = { DATABASE_URL: 'postgresql://localhost/mpp', KASPI_BASE_URL: 'http://127.0.0.1:3100' };
const problemsOf = (env: Record<string, string>): string[] => {
  try {
    Settings.read(env);
  } catch (error) {
    if (error instanceof SettingsError) return error.problems.map((problem) => problem.name);
    throw error;
  }
  return [];
};

describe('settings', () => {
  it('have the defaults of the contract', () => {
    expect(Settings.read(needed)).toMatchObject({
      PORT: 3000,
      HOST: '0.0.0.0',
      KASPI_LISTEN_PORT: 3001,
      KASPI_CALLER_NAME: 'MPP-DEV',
      KASPI_TIMEOUT_MS: 5000,
      SCAN_TIMEOUT_MS: 2000,
      NOTIFY_RETRY_BASE_MS: 500,
      NOTIFY_RETRY_MAX_MS: 60_000,
      CONFIRM_WAIT_MS: 5000,
      IN_DOUBT_AFTER_MS: 900_000,
      CONFIRM_MARGIN_MS: 2000,
      PAYMENT_TTL_MS: 900_000,
      EXPIRY_POLL_MS: 1000,
      KASPI_AWAY_AFTER: 5,
      KASPI_PROBE_EVERY_MS: 5000,
      KASPI_ALLOWED_CIDRS: ['127.0.0.0/8', '::1/128'],
      KASPI_REFUND_PATH: '/refund',
      KASPI_ANSWER_WITHIN_MS: 5000,
      REFUND_CREDIT_DEADLINE_MS: 3_600_000,
      REFUND_RETRY_BASE_MS: 500,
      REFUND_RETRY_MAX_MS: 60_000,
      REFUND_POLL_MS: 1000,
      REFUND_CONCURRENCY: 16,
    });
  });

  it('ask the PS for no certificate unless somebody sets one', () => {
    const { KASPI_TLS_CERT, KASPI_TLS_KEY, KASPI_TLS_CA } = Settings.read(needed);
    expect([KASPI_TLS_CERT, KASPI_TLS_KEY, KASPI_TLS_CA]).toEqual([undefined, undefined, undefined]);
  });

  it('take networks of the PS, blanks around the commas or not', () => {
    const given = { ...needed, KASPI_ALLOWED_CIDRS: '10.0.0.0/8, 192.168.1.7/32 ,2001:db8::/32,0.0.0.0/0,::/0,' };
    expect(Settings.read(given).KASPI_ALLOWED_CIDRS).toEqual([
      '10.0.0.0/8',
      '192.168.1.7/32',
      '2001:db8::/32',
      '0.0.0.0/0',
      '::/0',
    ]);
  });

  it.each(['/refund', '/kaspi/v2/refund', '/a.b~c_d-e', '/healthy', '/x/health'])('take refunds at %s', (path) => {
    expect(Settings.read({ ...needed, KASPI_REFUND_PATH: path }).KASPI_REFUND_PATH).toBe(path);
  });

  it.each([
    'refund',
    '/',
    '/refund/',
    '//refund',
    '/:id',
    '/*',
    '/re fund',
    '/refund?x=1',
    '/возврат',
    '/%72',
    '/health',
    '/health/live',
  ])('take no refunds at %s, and it is named', (path) => {
    expect(problemsOf({ ...needed, KASPI_REFUND_PATH: path })).toEqual(['KASPI_REFUND_PATH']);
  });

  it.each([
    [{ KASPI_TLS_CERT: 'c' }, ['KASPI_TLS_KEY', 'KASPI_TLS_CA']],
    [{ KASPI_TLS_KEY: 'k' }, ['KASPI_TLS_CERT', 'KASPI_TLS_CA']],
    [{ KASPI_TLS_CERT: 'c', KASPI_TLS_KEY: 'k' }, ['KASPI_TLS_CA']],
    [{ KASPI_TLS_CERT: 'c', KASPI_TLS_KEY: 'k', KASPI_TLS_CA: 'a' }, []],
  ])('have the three of the PS’s TLS or none: %j', (some, missing) => {
    expect(problemsOf({ ...needed, ...some })).toEqual(missing);
  });

  it('hold nothing back unless somebody asks for it: no pattern, no limit, no MCC', () => {
    const settings = Settings.read(needed);
    expect(settings).toMatchObject({ QR_PATTERNS: [], EXCLUDED_MCCS: [] });
    const limits = [settings.MAX_PAYMENT_AMOUNT, settings.DAILY_SUM_LIMIT, settings.DAILY_COUNT_LIMIT];
    expect(limits).toEqual([undefined, undefined, undefined]);
  });

  it('take several patterns, separated by blanks, each of which must match the whole of a QR', () => {
    const { QR_PATTERNS } = Settings.read({
      ...needed,
      QR_PATTERNS: String.raw`  592\d{35}|712\d{3} https://kaspi\.kz/pay/.+ `,
    });
    const matches = (text: string) => QR_PATTERNS.some((pattern) => pattern.test(text));
    expect(QR_PATTERNS).toHaveLength(2);
    expect([`592${'0'.repeat(35)}`, '712123', 'https://kaspi.kz/pay/МойТест'].map(matches)).toEqual([true, true, true]);
    expect(['712123x', 'x712123', 'https://kaspi.kz/pay/', 'https://kaspixkz/pay/x', ''].map(matches)).toEqual(
      Array.from({ length: 5 }, () => false),
    );
  });

  it('take a comma in a pattern where it cannot separate two', () => {
    const { QR_PATTERNS } = Settings.read({ ...needed, QR_PATTERNS: String.raw`592\d{1,35} [^,]+` });
    expect(QR_PATTERNS).toHaveLength(2);
  });

  it('take a list of MCCs, blanks around the commas or not', () => {
    expect(Settings.read({ ...needed, EXCLUDED_MCCS: '7995, 6051 ,4829' }).EXCLUDED_MCCS).toEqual([
      '7995',
      '6051',
      '4829',
    ]);
  });

  it.each(['1', '500000', '500000.5', '500000.00', '1000000000000000.00'])('take the limit %s', (limit) => {
    const limits = { MAX_PAYMENT_AMOUNT: limit, DAILY_SUM_LIMIT: limit };
    expect(Settings.read({ ...needed, ...limits })).toMatchObject(limits);
  });

  it.each(['1e6', '-1', '1 000', '100,00', '100.001', 'none', '9999999999999999', '1000000000000000.01'])(
    'no amount is the limit %s, and it is named',
    (limit) => {
      expect(problemsOf({ ...needed, MAX_PAYMENT_AMOUNT: limit, DAILY_SUM_LIMIT: limit })).toEqual([
        'MAX_PAYMENT_AMOUNT',
        'DAILY_SUM_LIMIT',
      ]);
    },
  );

  it.each([
    [{ PORT: 'http' }, 'PORT'],
    [{ PORT: '70000' }, 'PORT'],
    [{ KASPI_CALLER_NAME: 'LONGER-THAN-12' }, 'KASPI_CALLER_NAME'],
    [{ KASPI_BASE_URL: 'ftp://kaspi' }, 'KASPI_BASE_URL'],
    [{ DATABASE_URL: 'mysql://x' }, 'DATABASE_URL'],
    [{ CONFIRM_WAIT_MS: '-1' }, 'CONFIRM_WAIT_MS'],
    [{ KASPI_ALLOWED_CIDRS: '10.0.0.0/99' }, 'KASPI_ALLOWED_CIDRS'],
    [{ KASPI_ALLOWED_CIDRS: '10.0.0.1' }, 'KASPI_ALLOWED_CIDRS'],
    [{ KASPI_ALLOWED_CIDRS: 'everybody' }, 'KASPI_ALLOWED_CIDRS'],
    [{ KASPI_ALLOWED_CIDRS: ' , ' }, 'KASPI_ALLOWED_CIDRS'],
    [{ KASPI_ANSWER_WITHIN_MS: '99' }, 'KASPI_ANSWER_WITHIN_MS'],
    [{ REFUND_CREDIT_DEADLINE_MS: '999' }, 'REFUND_CREDIT_DEADLINE_MS'],
    [{ REFUND_POLL_MS: '9' }, 'REFUND_POLL_MS'],
    [{ REFUND_CONCURRENCY: '0' }, 'REFUND_CONCURRENCY'],
    [{ REFUND_RETRY_BASE_MS: '1000', REFUND_RETRY_MAX_MS: '10' }, 'REFUND_RETRY_MAX_MS'],
    [{ BACKGROUND_WORK: 'maybe' }, 'BACKGROUND_WORK'],
    [{ OUTBOX_WORKER: 'maybe' }, 'OUTBOX_WORKER'],
    [{ EXPIRY_POLL_MS: '9' }, 'EXPIRY_POLL_MS'],
    [{ QR_PATTERNS: '592.* (712' }, 'QR_PATTERNS'],
    [{ QR_PATTERNS: String.raw`592\S+,712\S+` }, 'QR_PATTERNS'],
    [{ MAX_PAYMENT_AMOUNT: '0.00' }, 'MAX_PAYMENT_AMOUNT'],
    [{ DAILY_COUNT_LIMIT: '0' }, 'DAILY_COUNT_LIMIT'],
    [{ EXCLUDED_MCCS: '7995,,6051' }, 'EXCLUDED_MCCS'],
    [{ EXCLUDED_MCCS: '7995 6051' }, 'EXCLUDED_MCCS'],
    [{ EXCLUDED_MCCS: '7'.repeat(33) }, 'EXCLUDED_MCCS'],
    [{ KASPI_AWAY_AFTER: '0' }, 'KASPI_AWAY_AFTER'],
    [{ KASPI_PROBE_EVERY_MS: '0' }, 'KASPI_PROBE_EVERY_MS'],
    [{ NOTIFY_RETRY_BASE_MS: '1000', NOTIFY_RETRY_MAX_MS: '10' }, 'NOTIFY_RETRY_MAX_MS'],
    [{ NODE_ENV: 'production' }, 'AUTH_JWKS_URI'],
    [{ AUTH_JWKS_URI: 'https://id.bank.kz/jwks', AUTH_AUDIENCE: 'mpp' }, 'AUTH_ISSUER'],
  ])('a bad one is named: %j', (bad, name) => {
    expect(problemsOf({ ...needed, ...bad })).toEqual([name]);
  });

  it.each([
    [{}, 'on'],
    [{ BACKGROUND_WORK: 'off' }, 'off'],
    [{ OUTBOX_WORKER: 'off' }, 'off'],
    [{ OUTBOX_WORKER: 'on' }, 'on'],
    [{ BACKGROUND_WORK: 'off', OUTBOX_WORKER: 'off' }, 'off'],
    [{ BACKGROUND_WORK: 'off', OUTBOX_WORKER: '' }, 'off'],
  ])('read BACKGROUND_WORK, also by its old name OUTBOX_WORKER: %j is %s', (given, expected) => {
    expect(Settings.read({ ...needed, ...given }).BACKGROUND_WORK).toBe(expected);
  });

  it('that are given by the old and the new name with different values are refused, and the error says what to do', () => {
    expect(() => Settings.read({ ...needed, BACKGROUND_WORK: 'on', OUTBOX_WORKER: 'off' })).toThrow(
      /^BACKGROUND_WORK: differs from its old name OUTBOX_WORKER: remove OUTBOX_WORKER$/,
    );
  });

  it('every missing one is named at once, and an empty one counts as missing', () => {
    expect(problemsOf({ DATABASE_URL: '' })).toEqual(['DATABASE_URL', 'KASPI_BASE_URL']);
  });
});

describe('settings of a bank’s core', () => {
  const core = { ...needed, CORE_BANKING_URL: 'https://core.bank.kz/mpp' };
  const TOKEN = { CORE_BANKING_TOKEN: 'token-of-the-core' };
  const CERTIFICATE = { CORE_BANKING_TLS_CERT: 'cert.pem', CORE_BANKING_TLS_KEY: 'key.pem' };

  it('ask none unless one is named: the own ledger is the core', () => {
    expect(Settings.read(needed).CORE_BANKING_URL).toBeUndefined();
    expect(Settings.read({ ...needed, CORE_BANKING_URL: '' }).CORE_BANKING_URL).toBeUndefined();
  });

  it('have their defaults', () => {
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
    ['the authority alone: a core may know us by the token', { CORE_BANKING_TLS_CA: 'a' }, []],
    ['neither', {}, []],
  ])('may have %s: %j lacks %j', (_, some, missing) => {
    expect(problemsOf({ ...core, ...some })).toEqual(missing);
  });

  it.each([
    ['nothing', {}, ['CORE_BANKING_TOKEN']],
    ['an authority alone', { CORE_BANKING_TLS_CA: 'a' }, ['CORE_BANKING_TOKEN']],
    ['a token', TOKEN, []],
    ['a certificate', CERTIFICATE, []],
    ['both', { ...TOKEN, ...CERTIFICATE }, []],
  ])('in production the core must know that it is us: with %s', (_, some, missing) => {
    const issuer = { AUTH_JWKS_URI: 'https://id.bank.kz/jwks', AUTH_ISSUER: 'i', AUTH_AUDIENCE: 'a' };
    expect(problemsOf({ ...core, ...issuer, ...some, NODE_ENV: 'production' })).toEqual(missing);
    expect(problemsOf({ ...needed, ...issuer, NODE_ENV: 'production' })).toEqual([]);
  });

  it.each([
    ['500', '499', ['CORE_BANKING_RETRY_MAX_MS']],
    ['500', '500', []],
    ['500', '501', []],
    ['40000', undefined, ['CORE_BANKING_RETRY_MAX_MS']],
  ])('repeat after at first %s ms and at most %s ms: at fault is %j', (base, max, names) => {
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
  ])('cannot be %j, and it is named', (wrong) => {
    expect(problemsOf({ ...core, ...wrong })).toContain(Object.keys(wrong)[0]);
  });
});
