import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { Mpp, QUIET } from './mpp.js';

const MAIN = path.join(import.meta.dirname, '../../dist/apps/mpp-server/main.js');

/** A server in a process of its own, as operations run it: it can be killed. */
export class ServerProcess {
  private constructor(
    private readonly child: ChildProcess,
    readonly mpp: Mpp,
    /** Every line of its log so far. */
    readonly lines: readonly string[],
  ) {}

  static async start(env: Record<string, string>): Promise<ServerProcess> {
    const child = spawn(process.execPath, ['--enable-source-maps', MAIN], {
      env: { PATH: process.env.PATH, ...QUIET, LOG_LEVEL: 'info', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const lines: string[] = [];
    const url = new Promise<string>((resolve, reject) => {
      createInterface({ input: child.stdout }).on('line', (line) => {
        lines.push(line);
        const found = /public listener at (http:[^ ,"]+)/.exec(line)?.[1];
        if (found !== undefined) resolve(found);
      });
      createInterface({ input: child.stderr }).on('line', (line) => lines.push(line));
      child.once('exit', () => reject(new Error(`the server did not start:\n${lines.join('\n')}`)));
    });
    return new ServerProcess(child, new Mpp(await url), lines);
  }

  /** As a machine that loses its power: nothing is finished, nothing is said. */
  async kill(): Promise<void> {
    await this.end('SIGKILL');
  }

  async stop(): Promise<void> {
    await this.end('SIGTERM');
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = once(this.child, 'exit');
    this.child.kill(signal);
    await ended;
  }
}
