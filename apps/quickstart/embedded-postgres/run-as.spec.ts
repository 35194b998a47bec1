import { chmod, mkdir, mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { canEnter, canRun } from './run-as.js';

describe('Whether another user can get at a file', () => {
  const stranger = { uid: 54_321, gid: 54_321 };
  let folder: string;
  let program: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mpp-run-as-'));
    await mkdir(join(folder, 'bin'), { mode: 0o755 });
    program = join(folder, 'bin', 'program');
    await writeFile(program, '', { mode: 0o755 });
    await chmod(folder, 0o755);
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('they can where every folder on the way lets them through', async () => {
    expect(await canRun(program, stranger)).toBe(true);
  });

  it('they can enter a folder that they cannot list', async () => {
    await chmod(folder, 0o711);
    expect(await canEnter(join(folder, 'bin'), stranger)).toBe(true);
  });

  it('they cannot where one folder above is closed, also when a link leads there', async () => {
    await chmod(folder, 0o700);
    const link = `${folder}-link`;
    await symlink(program, link);
    expect(await canRun(link, stranger)).toBe(false);
    await rm(link);
  });

  it('its owner’s bits count for the owner alone, its group’s for the group', async () => {
    const { uid, gid } = await stat(folder);
    expect(await canEnter(folder, { uid, gid: 54_321 })).toBe(true);
    await chmod(folder, 0o750);
    expect(await canEnter(folder, { uid: 54_321, gid })).toBe(true);
    await chmod(folder, 0o705);
    expect(await canEnter(folder, { uid: 54_321, gid })).toBe(false);
    expect(await canEnter(folder, stranger)).toBe(true);
  });

  it('they cannot run what only its owner may', async () => {
    await chmod(folder, 0o755);
    await chmod(program, 0o744);
    expect(await canRun(program, stranger)).toBe(false);
  });
});
