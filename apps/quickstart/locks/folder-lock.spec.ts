import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { lockFolder } from './folder-lock.js';

describe('The lock of a data folder', () => {
  let folder: string;
  beforeEach(async () => {
    // Longer than the maximum of a socket's address.
    const parent = await realpath(await mkdtemp(join(tmpdir(), 'mpp-lock-')));
    folder = join(parent, 'папка с данными '.repeat(6));
    await mkdir(folder);
  });
  afterEach(() => rm(join(folder, '..'), { recursive: true }));

  it('is held by one process, and a second start gets its process id and address', async () => {
    const lock = await lockFolder(folder);
    await expect(lockFolder(folder)).rejects.toThrow(`as process ${process.pid}, it is still starting`);
    lock.announceUrl('http://127.0.0.1:3000');
    await expect(lockFolder(folder)).rejects.toThrow(`as process ${process.pid}, mobile API at http://127.0.0.1:3000`);
    await lock.release();
  });

  it('can be taken again after its release, which removes the socket', async () => {
    await (await lockFolder(folder)).release();
    await expect(access(join(folder, '.quickstart.sock'))).rejects.toThrow();
    await (await lockFolder(folder)).release();
  });

  it('ends when its process is killed', async () => {
    const listen = `process.chdir(process.argv[1]); require('node:net').createServer().listen('.quickstart.sock', () => console.log('ready'))`;
    const holder = spawn(process.execPath, ['-e', listen, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(holder.stdout, 'data');
    const ended = once(holder, 'exit');
    holder.kill('SIGKILL');
    await ended;
    await access(join(folder, '.quickstart.sock'));
    await (await lockFolder(folder)).release();
  });

  it('replaces a file that is not a socket', async () => {
    await writeFile(join(folder, '.quickstart.sock'), 'not a socket');
    await (await lockFolder(folder)).release();
  });
});
