import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { inTemporaryFile, inTemporaryFolder, openTemporaryFile, removeLeftovers } from './temporary.js';

describe('a temporary file', () => {
  it('has the content during the work, cannot be read by other users, and is removed afterwards', async () => {
    const parts = (async function* () {
      yield Buffer.from('one ');
      yield Buffer.from('two');
    })();
    const path = await inTemporaryFile(parts, async (path) => {
      expect(await readFile(path, 'utf8')).toBe('one two');
      expect(((await stat(path)).mode & 0o077).toString(8)).toBe('0');
      return path;
    });
    expect(existsSync(path)).toBe(false);
  });

  it('is removed if the work fails or the content is incomplete', async () => {
    let laid = '';
    const failing = inTemporaryFile([Buffer.from('a')], async (path) => {
      laid = path;
      throw new Error('the work fails');
    });
    await expect(failing).rejects.toThrow('the work fails');
    expect(existsSync(laid)).toBe(false);

    const parts = (async function* () {
      yield Buffer.from('a');
      throw new Error('the database is away');
    })();
    let began = false;
    const begin = async () => {
      began = true;
    };
    await expect(inTemporaryFile(parts, begin)).rejects.toThrow('the database is away');
    expect(began).toBe(false);
  });
});

describe('temporary files', () => {
  it('without a name can be written and read, but not found', async () => {
    const ours = () => readdirSync(tmpdir()).filter((name) => new RegExp(`^mpp-\\w+-${process.pid}-\\w+-`).test(name));
    const file = await openTemporaryFile();
    await file.write('content');
    expect(ours()).toEqual([]);
    expect((await file.stat()).mode & 0o077).toBe(0);
    const content = Buffer.alloc(7);
    await file.read(content, 0, 7, 0);
    expect(content.toString()).toBe('content');
    await file.close();
  });

  it('of killed processes are removed, those of running processes and of others are not', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'mpp-temporary-'));
    const host = hostname().replace(/[^a-z0-9]/gi, '_');
    const { pid: dead } = spawnSync(process.execPath, ['--version']);
    const long = new Date(Date.now() - 25 * 3_600_000);
    const lay = async (name: string, changed?: Date) => {
      await mkdir(join(folder, name));
      await writeFile(join(folder, name, 'content'), 'x');
      if (changed !== undefined) await utimes(join(folder, name), changed, changed);
      return name;
    };
    const kept = [
      await lay(await inTemporaryFolder(async (path) => basename(path))),
      await lay(`mpp-${host}-${process.ppid}-00000000-Abc123`),
      await lay('mpp-other_host-1-00000000-Abc123'),
      await lay('mpp-inbox-Abc123', long),
      await lay('somebody-else', long),
    ];
    await lay(`mpp-${host}-${dead}-00000000-Abc123`);
    // In a container the next process often has the same number.
    await lay(`mpp-${host}-${process.pid}-00000000-Abc123`);
    await lay('mpp-other_host-1-00000000-Xyz789', long);
    expect(await removeLeftovers(folder)).toBe(3);
    expect(readdirSync(folder).toSorted()).toEqual(kept.toSorted());
    await rm(folder, { recursive: true });
  });
});
