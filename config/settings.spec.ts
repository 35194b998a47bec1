import { describe, expect, it } from '@jest/globals';
import { Settings, unknownSettings } from './settings.js';
import { needed, problemsOf } from './testing/settings-problems.js';

describe('settings', () => {
  it('that are not set have the defaults of the contract', () => {
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
      MAX_CLOCK_SKEW_MS: 2000,
      DATABASE_POOL_SIZE: 20,
      DATABASE_REPORT_POOL_SIZE: 8,
      DOWNLOADS_AT_ONCE: 4,
      DOWNLOAD_IDLE_MS: 60_000,
    });
  });

  it('require no certificate of the PS by default', () => {
    const { KASPI_TLS_CERT, KASPI_TLS_KEY, KASPI_TLS_CA } = Settings.read(needed);
    expect([KASPI_TLS_CERT, KASPI_TLS_KEY, KASPI_TLS_CA]).toEqual([undefined, undefined, undefined]);
  });

  it('accept a list of the PS’s networks, with or without blanks around the commas', () => {
    const given = { ...needed, KASPI_ALLOWED_CIDRS: '10.0.0.0/8, 192.168.1.7/32 ,2001:db8::/32,0.0.0.0/0,::/0,' };
    expect(Settings.read(given).KASPI_ALLOWED_CIDRS).toEqual([
      '10.0.0.0/8',
      '192.168.1.7/32',
      '2001:db8::/32',
      '0.0.0.0/0',
      '::/0',
    ]);
  });

  it.each(['/refund', '/kaspi/v2/refund', '/a.b~c_d-e', '/healthy', '/x/health'])(
    'accept %s as the refund path',
    (path) => {
      expect(Settings.read({ ...needed, KASPI_REFUND_PATH: path }).KASPI_REFUND_PATH).toBe(path);
    },
  );

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
  ])('refuse %s as the refund path', (path) => {
    expect(problemsOf({ ...needed, KASPI_REFUND_PATH: path })).toEqual(['KASPI_REFUND_PATH']);
  });

  it('restrict no payment by default: no QR pattern, no limit, no excluded MCC', () => {
    const settings = Settings.read(needed);
    expect(settings).toMatchObject({ QR_PATTERNS: [], EXCLUDED_MCCS: [] });
    const limits = [settings.MAX_PAYMENT_AMOUNT, settings.DAILY_SUM_LIMIT, settings.DAILY_COUNT_LIMIT];
    expect(limits).toEqual([undefined, undefined, undefined]);
  });

  it('accept several QR patterns separated by blanks; a pattern must match the whole QR code', () => {
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

  it('accept a comma inside braces or brackets of a QR pattern', () => {
    const { QR_PATTERNS } = Settings.read({ ...needed, QR_PATTERNS: String.raw`592\d{1,35} [^,]+` });
    expect(QR_PATTERNS).toHaveLength(2);
  });

  it('accept a list of MCCs, with or without blanks around the commas', () => {
    expect(Settings.read({ ...needed, EXCLUDED_MCCS: '7995, 6051 ,4829' }).EXCLUDED_MCCS).toEqual([
      '7995',
      '6051',
      '4829',
    ]);
  });

  it.each(['1', '500000', '500000.5', '500000.00', '1000000000000000.00'])('accept %s as a limit', (limit) => {
    const limits = { MAX_PAYMENT_AMOUNT: limit, DAILY_SUM_LIMIT: limit };
    expect(Settings.read({ ...needed, ...limits })).toMatchObject(limits);
  });

  it.each(['1e6', '-1', '1 000', '100,00', '100.001', 'none', '9999999999999999', '1000000000000000.01'])(
    'refuse %s as a limit',
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
    [{ MAX_CLOCK_SKEW_MS: '99' }, 'MAX_CLOCK_SKEW_MS'],
    [{ KASPI_ALLOWED_CIDRS: '10.0.0.0/99' }, 'KASPI_ALLOWED_CIDRS'],
    [{ KASPI_ALLOWED_CIDRS: '10.0.0.1' }, 'KASPI_ALLOWED_CIDRS'],
    [{ KASPI_ALLOWED_CIDRS: 'everybody' }, 'KASPI_ALLOWED_CIDRS'],
    [{ KASPI_ALLOWED_CIDRS: ' , ' }, 'KASPI_ALLOWED_CIDRS'],
    [{ KASPI_ANSWER_WITHIN_MS: '99' }, 'KASPI_ANSWER_WITHIN_MS'],
    [{ REFUND_CREDIT_DEADLINE_MS: '999' }, 'REFUND_CREDIT_DEADLINE_MS'],
    [{ REFUND_CREDIT_DEADLINE_MS: '3600001' }, 'REFUND_CREDIT_DEADLINE_MS'],
    [{ REFUND_POLL_MS: '9' }, 'REFUND_POLL_MS'],
    [{ REFUND_CONCURRENCY: '0' }, 'REFUND_CONCURRENCY'],
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
    [{ DATABASE_REPORT_POOL_SIZE: '501' }, 'DATABASE_REPORT_POOL_SIZE'],
    [{ DOWNLOADS_AT_ONCE: '0' }, 'DOWNLOADS_AT_ONCE'],
    [{ DOWNLOAD_IDLE_MS: '99' }, 'DOWNLOAD_IDLE_MS'],
  ])('refuse an invalid value with the name of its variable: %j', (bad, name) => {
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

  it('refuse different values under the old and the new name, and the error says what to do', () => {
    expect(() => Settings.read({ ...needed, BACKGROUND_WORK: 'on', OUTBOX_WORKER: 'off' })).toThrow(
      /^BACKGROUND_WORK: differs from its old name OUTBOX_WORKER: remove OUTBOX_WORKER$/,
    );
  });

  it('tell names that begin as theirs and are none', () => {
    const given = {
      ...needed,
      KASPI_BASE_URI: '',
      DATABASE_POOLSIZE: '5',
      OUTBOX_WORKER: 'on',
      NODE_OPTIONS: '',
      HOME: '',
    };
    expect(unknownSettings(given)).toEqual(['KASPI_BASE_URI', 'DATABASE_POOLSIZE']);
  });

  it('name all missing variables in one error; an empty variable counts as missing', () => {
    expect(problemsOf({ DATABASE_URL: '' })).toEqual(['DATABASE_URL', 'KASPI_BASE_URL']);
  });
});
