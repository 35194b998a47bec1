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
    });
  });

  it.each([
    [{ PORT: 'http' }, 'PORT'],
    [{ PORT: '70000' }, 'PORT'],
    [{ KASPI_CALLER_NAME: 'LONGER-THAN-12' }, 'KASPI_CALLER_NAME'],
    [{ KASPI_BASE_URL: 'ftp://kaspi' }, 'KASPI_BASE_URL'],
    [{ DATABASE_URL: 'mysql://x' }, 'DATABASE_URL'],
    [{ CONFIRM_WAIT_MS: '-1' }, 'CONFIRM_WAIT_MS'],
    [{ KASPI_ALLOWED_CIDRS: '10.0.0.0/99' }, 'KASPI_ALLOWED_CIDRS'],
    [{ OUTBOX_WORKER: 'maybe' }, 'OUTBOX_WORKER'],
    [{ NOTIFY_RETRY_BASE_MS: '1000', NOTIFY_RETRY_MAX_MS: '10' }, 'NOTIFY_RETRY_MAX_MS'],
    [{ NODE_ENV: 'production' }, 'AUTH_JWKS_URI'],
    [{ AUTH_JWKS_URI: 'https://id.bank.kz/jwks', AUTH_AUDIENCE: 'mpp' }, 'AUTH_ISSUER'],
  ])('a bad one is named: %j', (bad, name) => {
    expect(problemsOf({ ...needed, ...bad })).toEqual([name]);
  });

  it('every missing one is named at once, and an empty one counts as missing', () => {
    expect(problemsOf({ DATABASE_URL: '' })).toEqual(['DATABASE_URL', 'KASPI_BASE_URL']);
  });
});
