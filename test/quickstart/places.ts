import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from '@jest/globals';

/** The result of `npm run build`: these tests run real processes. */
export const DIST = process.env.TEST_DIST ?? join(import.meta.dirname, '../../dist');

/** The user and the programs of a process, if they are not the test's own. */
export interface ProcessOptions {
  readonly uid?: number;
  readonly gid?: number;
  readonly node?: string;
  readonly dist?: string;
  /** The folder of a project in which `npm start` itself runs; otherwise its program runs alone. */
  readonly project?: string;
  /** The arguments after `npm start --`. */
  readonly args?: readonly string[];
  /** The program of the embedded PostgreSQL's owner. */
  readonly program?: string;
}

/** The folders and processes of one test file; removed and ended after its tests, also if they fail. */
export class Places {
  private readonly folders: string[] = [];
  private readonly processes: ChildProcess[] = [];

  constructor() {
    afterAll(async () => {
      for (const child of this.processes) {
        if (child.exitCode !== null || child.signalCode !== null) continue;
        const ended = once(child, 'exit');
        child.kill('SIGTERM');
        await ended;
      }
      for (const folder of this.folders) await rm(folder, { recursive: true, force: true, maxRetries: 10 });
    });
  }

  /** An empty folder that PostgreSQL's user can enter even if the tests run as root. */
  async folder(): Promise<string> {
    const folder = await realpath(await mkdtemp(join(tmpdir(), 'mpp-quickstart-')));
    this.folders.push(folder);
    await chmod(folder, 0o755);
    return folder;
  }

  watched<T extends ChildProcess>(child: T): T {
    this.processes.push(child);
    return child;
  }
}
