import { resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { SettingsError } from '@mpp/config';
import { CannotStart } from '../cannot-start.js';
import { refundUrlOf } from '../network/listeners.js';
import { readPlan } from './plan.js';

const problemsOf = (env: Record<string, string>): string[] => {
  try {
    readPlan(env, false);
  } catch (error) {
    if (error instanceof SettingsError) return error.problems.map(({ name }) => name);
    throw error;
  }
  return [];
};

describe('The plan of a start', () => {
  it('supplies everything if no variable is set', () => {
    expect(readPlan({}, false)).toMatchObject({
      dataDir: resolve('data'),
      embedsDatabase: true,
      simulatorPort: 3100,
      refundUrl: null,
      developmentIssuer: true,
    });
  });

  it('supplies nothing that variables name', () => {
    const env = {
      DATABASE_URL: 'postgresql://db/mpp',
      KASPI_BASE_URL: 'https://kaspi.kz',
      AUTH_JWKS_URI: 'https://id.bank.kz/jwks',
      AUTH_ISSUER: 'https://id.bank.kz',
      AUTH_AUDIENCE: 'mpp',
    };
    expect(readPlan(env, false)).toMatchObject({
      embedsDatabase: false,
      simulatorPort: null,
      developmentIssuer: false,
    });
  });

  it('treats an empty variable as absent', () => {
    const env = { DATABASE_URL: '', KASPI_BASE_URL: '', DATA_DIR: '', SIMULATOR_PORT: '' };
    expect(readPlan(env, false)).toMatchObject({ embedsDatabase: true, simulatorPort: 3100, dataDir: resolve('data') });
  });

  it('embeds no database if a variable names one of the two roles, and requires the other one', () => {
    const ownerOnly = { DATABASE_MIGRATION_URL: 'postgresql://owner@db/mpp' };
    expect(problemsOf(ownerOnly)).toEqual(['DATABASE_URL']);
    const both = { ...ownerOnly, DATABASE_URL: 'postgresql://server@db/mpp' };
    expect(readPlan(both, false)).toMatchObject({ embedsDatabase: false, settings: both });
  });

  it('generates a secret for notifications, a different one at each start', () => {
    const [first, second] = [readPlan({}, false).notifications, readPlan({}, false).notifications];
    expect(first).toEqual({ secret: expect.stringMatching(/^whsec_/), generated: true });
    expect(Buffer.from(first?.secret.slice('whsec_'.length) ?? '', 'base64')).toHaveLength(32);
    expect(second?.secret).not.toBe(first?.secret);
    const supplied = {
      NOTIFICATION_URL: 'http://127.0.0.1:3100/notifications',
      NOTIFICATION_SECRET: `${first?.secret}`,
    };
    const others = { DATABASE_URL: 'postgresql://localhost/real', KASPI_BASE_URL: 'http://127.0.0.1:3100' };
    const settings = readPlan({}, false).complete({ ...supplied, ...others });
    expect(settings).toMatchObject({ ...supplied, NOTIFICATION_SECRET: [first?.secret] });
  });

  it('uses the secret for notifications that a variable sets', () => {
    const [oldSecret, newSecret] = [1, 2].map((fill) => `whsec_${Buffer.alloc(32, fill).toString('base64')}`);
    const { notifications } = readPlan({ NOTIFICATION_SECRET: `${newSecret}, ${oldSecret}` }, false);
    expect(notifications).toEqual({ secret: `${newSecret},${oldSecret}`, generated: false });
  });

  it('sends no notifications to the simulator if NOTIFICATION_URL names a gateway or there is no simulator', () => {
    const secret = { NOTIFICATION_SECRET: `whsec_${Buffer.alloc(32).toString('base64')}` };
    const gateway = { NOTIFICATION_URL: 'https://push.bank.kz', ...secret };
    expect(readPlan(gateway, false)).toMatchObject({ simulatorPort: 3100, notifications: null });
    expect(readPlan({ KASPI_BASE_URL: 'https://kaspi.kz', ...secret }, false).notifications).toBeNull();
  });

  it('supplies no core without --core=http', () => {
    expect(readPlan({}, false).core).toBeNull();
    expect(readPlan({ CORE_BANKING_TOKEN: 'a-token-of-ours' }, false).core).toBeNull();
  });

  it('supplies a core with a token, a different one at each start, with --core=http', () => {
    const [first, second] = [readPlan({}, false, 'http').core, readPlan({}, false, 'http').core];
    expect(first).toEqual({ token: expect.stringMatching(/^[\w-]{43}$/), generated: true });
    expect(second?.token).not.toBe(first?.token);
    const set = { CORE_BANKING_TOKEN: 'a-token-of-ours' };
    expect(readPlan(set, false, 'http').core).toEqual({ token: 'a-token-of-ours', generated: false });
  });

  it('supplies no core if CORE_BANKING_URL names one', () => {
    expect(readPlan({ CORE_BANKING_URL: 'https://core.bank.kz' }, false, 'http').core).toBeNull();
  });

  it('refuses --core=http without the simulator', () => {
    const read = () => readPlan({ KASPI_BASE_URL: 'https://kaspi.kz' }, false, 'http');
    expect(read).toThrow(CannotStart);
    expect(read).toThrow(/^--core=http: .*KASPI_BASE_URL/);
  });

  it('replaces the placeholders in the server’s settings by the supplied values', () => {
    const supplied = { DATABASE_URL: 'postgresql://localhost/real', KASPI_BASE_URL: 'http://127.0.0.1:3100' };
    expect(readPlan({ PORT: '4000' }, false).complete(supplied)).toMatchObject({ ...supplied, PORT: 4000 });
  });

  it('names all invalid variables of the server and of the quickstart at once', () => {
    expect(
      problemsOf({ SIMULATOR_PORT: 'x', MPP_REFUND_URL: 'nowhere', SIMULATOR_SMTP_URL: 'mail:25', PORT: 'y' }),
    ).toEqual(['SIMULATOR_PORT', 'MPP_REFUND_URL', 'SIMULATOR_SMTP_URL', 'PORT']);
    expect(problemsOf({ NODE_ENV: 'production' })).toEqual(['AUTH_JWKS_URI']);
  });

  it('uses the pretty log format on a terminal unless LOG_FORMAT is set', () => {
    expect(readPlan({}, true).settings.LOG_FORMAT).toBe('pretty');
    expect(readPlan({ LOG_FORMAT: 'json' }, true).settings.LOG_FORMAT).toBe('json');
    expect(readPlan({}, false).settings.LOG_FORMAT).toBe('json');
  });

  it.each([
    ['0.0.0.0', 'http://127.0.0.1:3001/refund'],
    ['::', 'http://127.0.0.1:3001/refund'],
    ['10.0.0.5', 'http://10.0.0.5:3001/refund'],
    ['::1', 'http://[::1]:3001/refund'],
  ])('the simulator sends refunds to a listener on %s at %s', (host, url) => {
    const { settings } = readPlan({}, false);
    expect(refundUrlOf({ variable: 'KASPI_LISTEN_PORT', host, port: 3001 }, settings)).toBe(url);
  });

  it('the simulator sends refunds to the path that is set, and with a certificate by https', () => {
    const tls = { KASPI_TLS_CERT: 'a.pem', KASPI_TLS_KEY: 'b.pem', KASPI_TLS_CA: 'c.pem' };
    const { settings } = readPlan({ KASPI_REFUND_PATH: '/kaspi/v2/refund', ...tls }, false);
    const listener = { variable: 'KASPI_LISTEN_PORT', host: '10.0.0.5', port: 3001 };
    expect(refundUrlOf(listener, settings)).toBe('https://10.0.0.5:3001/kaspi/v2/refund');
  });
});
