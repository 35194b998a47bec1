import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { Mpp, QUIET } from './mpp.js';
import { PROGRAM_ENV } from './program-env.js';

const MAIN = path.join(import.meta.dirname, '../../dist/apps/mpp-server/main.js');

/** A server in a process of its own, which can be killed. */
export class ServerProcess {
  private constructor(
    private readonly child: ChildProcess,
    readonly mpp: Mpp,
    /** The URL of the Kaspi-facing listener. */
    readonly kaspiUrl: string,
    /** All log lines so far. */
    readonly lines: readonly string[],
  ) {}

  static async start(env: Record<string, string>): Promise<ServerProcess> {
    const child = spawn(process.execPath, ['--enable-source-maps', MAIN], {
      env: { ...PROGRAM_ENV, ...QUIET, LOG_LEVEL: 'info', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const lines: string[] = [];
    const urls = new Promise<[string, string]>((resolve, reject) => {
      createInterface({ input: child.stdout }).on('line', (line) => {
        lines.push(line);
        const found = /public listener at (http:[^ ,"]+), Kaspi-facing listener at (https?:[^ ,"]+)/.exec(line);
        if (found?.[1] !== undefined && found[2] !== undefined) resolve([found[1], found[2]]);
      });
      createInterface({ input: child.stderr }).on('line', (line) => lines.push(line));
      child.once('exit', () => reject(new Error(`the server did not start:\n${lines.join('\n')}`)));
    });
    const [publicUrl, kaspiUrl] = await urls;
    return new ServerProcess(child, new Mpp(publicUrl), kaspiUrl, lines);
  }

  /** Ends the process at once, like a loss of power. */
  async kill(): Promise<void> {
    await this.end('SIGKILL');
  }

  /** Returns the exit code. */
  async stop(): Promise<number | null> {
    return this.end('SIGTERM');
  }

  private async end(signal: NodeJS.Signals): Promise<number | null> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      const ended = once(this.child, 'exit');
      this.child.kill(signal);
      await ended;
    }
    return this.child.exitCode;
  }
}
