import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Settings, SettingsError } from '@mpp/config';
import {
  AUTHORITY,
  KASPI,
  kaspiListenerFixture,
  NEEDED,
  SERVER,
  TLS,
} from '../../../test/support/kaspi-listener-fixture.js';
import { QUIET } from '../../../test/support/mpp.js';
import { kaspiListenerTls } from './kaspi-listener-access.js';

const { start } = kaspiListenerFixture();

describe('the certificates of the Kaspi-facing listener', () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mpp-certificates-'));
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
      // An error never contains a key.
      expect(error.message).not.toContain('PRIVATE KEY');
      return error.problems.map(({ name }) => name);
    }
    return [];
  }
  const read = (env: Record<string, string>) => kaspiListenerTls(Settings.read({ ...NEEDED, ...QUIET, ...env }));

  it('are absent if none is set', () => {
    expect(read({})).toBeNull();
  });

  it('can be set as paths of files or as PEM texts', async () => {
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
    ['a missing certificate', { KASPI_TLS_CERT: '/nowhere/cert.pem' }, 'KASPI_TLS_CERT'],
    ['a missing key', { KASPI_TLS_KEY: '/nowhere/key.pem' }, 'KASPI_TLS_KEY'],
    ['a missing authority', { KASPI_TLS_CA: '/nowhere/ca.pem' }, 'KASPI_TLS_CA'],
    ['a folder', { KASPI_TLS_CERT: tmpdir() }, 'KASPI_TLS_CERT'],
    ['a file that is not PEM', { KASPI_TLS_CA: '/etc/hostname' }, 'KASPI_TLS_CA'],
    ['a broken certificate', { KASPI_TLS_CERT: SERVER.cert.replace(/MI.{20}/, 'AAAA') }, 'KASPI_TLS_CERT'],
    ['a key in place of a certificate', { KASPI_TLS_CERT: SERVER.key }, 'KASPI_TLS_CERT'],
    ['a broken key', { KASPI_TLS_KEY: SERVER.key.replace(/MI.{20}/, 'AAAA') }, 'KASPI_TLS_KEY'],
    ['a certificate in place of a key', { KASPI_TLS_KEY: SERVER.cert }, 'KASPI_TLS_KEY'],
    ['the key of another certificate', { KASPI_TLS_KEY: KASPI.key }, 'KASPI_TLS_KEY'],
  ])('that are %s stop the start with the name of the setting', async (_, bad, name) => {
    expect(await namesOf(() => start({ ...TLS, ...bad }))).toEqual([name]);
  });

  it.each([
    ['a key', SERVER.key],
    ['broken', AUTHORITY.cert.replace(/MI.{20}/, 'AAAA')],
  ])('whose authority is %s stop the start with the name of the setting', async (_, ca) => {
    expect(await namesOf(() => read({ ...TLS, KASPI_TLS_CA: ca }))).toEqual(['KASPI_TLS_CA']);
  });

  it.each([
    [{ KASPI_TLS_CERT: SERVER.cert }, ['KASPI_TLS_KEY', 'KASPI_TLS_CA']],
    [{ KASPI_TLS_KEY: SERVER.key }, ['KASPI_TLS_CERT', 'KASPI_TLS_CA']],
    [{ KASPI_TLS_CA: AUTHORITY.cert }, ['KASPI_TLS_CERT', 'KASPI_TLS_KEY']],
    [{ KASPI_TLS_CERT: SERVER.cert, KASPI_TLS_KEY: SERVER.key }, ['KASPI_TLS_CA']],
    [{ KASPI_TLS_CERT: SERVER.cert, KASPI_TLS_KEY: SERVER.key, KASPI_TLS_CA: '' }, ['KASPI_TLS_CA']],
  ])('are set all three or not at all (%#)', async (some, missing) => {
    expect(await namesOf(() => read(some))).toEqual(missing);
  });
});
