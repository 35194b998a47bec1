import { chmod, mkdir, mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { canEnter, canRun } from './run-as.js';

describe('Another user', () => {
  const otherUser = { uid: 54_321, gid: 54_321 };
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

  it('can run a program if every folder on its path can be entered', async () => {
    expect(await canRun(program, otherUser)).toBe(true);
  });

  it('can enter a folder that they cannot list', async () => {
    await chmod(folder, 0o711);
    expect(await canEnter(join(folder, 'bin'), otherUser)).toBe(true);
  });

  it('cannot run a program below a folder with mode 0700, also through a link', async () => {
    await chmod(folder, 0o700);
    const link = `${folder}-link`;
    await symlink(program, link);
    expect(await canRun(link, otherUser)).toBe(false);
    await rm(link);
  });

  it('is checked by the owner’s bits as the owner, by the group’s bits in the group', async () => {
    const { uid, gid } = await stat(folder);
    expect(await canEnter(folder, { uid, gid: 54_321 })).toBe(true);
    await chmod(folder, 0o750);
    expect(await canEnter(folder, { uid: 54_321, gid })).toBe(true);
    await chmod(folder, 0o705);
    expect(await canEnter(folder, { uid: 54_321, gid })).toBe(false);
    expect(await canEnter(folder, otherUser)).toBe(true);
  });

  it('cannot run a program that only its owner may run', async () => {
    await chmod(folder, 0o755);
    await chmod(program, 0o744);
    expect(await canRun(program, otherUser)).toBe(false);
  });
});
