import { resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { SettingsError } from '@mpp/config';
import { refundUrlOf } from './listeners.js';
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

describe('What a start supplies', () => {
  it('is everything where no variable names anything', () => {
    expect(readPlan({}, false)).toMatchObject({
      dataDir: resolve('data'),
      embedsDatabase: true,
      simulatorPort: 3100,
      refundUrl: null,
      developmentIssuer: true,
    });
  });

  it('is nothing where variables name it', () => {
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

  it('an empty variable names nothing', () => {
    const env = { DATABASE_URL: '', KASPI_BASE_URL: '', DATA_DIR: '', SIMULATOR_PORT: '' };
    expect(readPlan(env, false)).toMatchObject({ embedsDatabase: true, simulatorPort: 3100, dataDir: resolve('data') });
  });

  it('goes into the server’s settings in the place of the placeholders', () => {
    const supplied = { DATABASE_URL: 'postgresql://localhost/real', KASPI_BASE_URL: 'http://127.0.0.1:3100' };
    expect(readPlan({ PORT: '4000' }, false).complete(supplied)).toMatchObject({ ...supplied, PORT: 4000 });
  });

  it('every bad variable is named at once, the server’s and the quickstart’s own', () => {
    expect(problemsOf({ SIMULATOR_PORT: 'x', MPP_REFUND_URL: 'nowhere', PORT: 'y' })).toEqual([
      'SIMULATOR_PORT',
      'MPP_REFUND_URL',
      'PORT',
    ]);
    expect(problemsOf({ NODE_ENV: 'production' })).toEqual(['AUTH_JWKS_URI']);
  });

  it('logs are readable on a terminal, unless a format is asked for', () => {
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
    expect(refundUrlOf({ variable: 'KASPI_LISTEN_PORT', host, port: 3001 })).toBe(url);
  });
});
