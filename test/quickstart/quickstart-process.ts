import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { PROGRAM_ENV } from '../support/program-env.js';
import { DIST, type Places, type ProcessOptions } from './places.js';

export const READY = 'Ctrl-C stops everything.';
/** Any free ports, so that several runs can share a machine. */
const FREE_PORTS = { PORT: '0', KASPI_LISTEN_PORT: '0', SIMULATOR_PORT: '0' };

/** The program of `npm start`, in a process of its own. */
export class Quickstart {
  /** All printed lines and log lines. */
  readonly lines: string[] = [];
  private readonly waiting = new Set<() => void>();

  private constructor(readonly child: ChildProcess) {
    for (const input of [child.stdout, child.stderr]) {
      if (input === null) continue;
      createInterface({ input }).on('line', (line) => {
        this.lines.push(line);
        for (const check of this.waiting) check();
      });
    }
  }

  /** The process does not inherit other variables of this machine. */
  static launch(places: Places, env: Record<string, string>, how: ProcessOptions = {}): Quickstart {
    const { node = process.execPath, program: _, dist = DIST, project, args = [], ...user } = how;
    const [command, first] =
      project === undefined
        ? [node, ['--enable-source-maps', join(dist, 'apps/quickstart/main.js')]]
        : ['npm', ['start', '--no-update-notifier', '--']];
    const child = spawn(command, [...first, ...args], {
      ...user,
      cwd: project ?? '/',
      env: { ...PROGRAM_ENV, TZ: 'Asia/Almaty', LOG_LEVEL: 'warn', ...FREE_PORTS, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return new Quickstart(places.watched(child));
  }

  /** Resolves when it is ready. Throws all its output if it ends instead. */
  static async start(places: Places, env: Record<string, string>, how: ProcessOptions = {}): Promise<Quickstart> {
    const quickstart = Quickstart.launch(places, env, how);
    await quickstart.prints(READY);
    return quickstart;
  }

  /** Resolves with the first line that contains the text. */
  prints(text: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const check = () => {
        const line = this.lines.find((each) => each.includes(text));
        if (line === undefined) return;
        this.waiting.delete(check);
        resolve(line);
      };
      this.waiting.add(check);
      this.child.once('close', () => reject(new Error(`ended without "${text}":\n${this.text}`)));
      check();
    });
  }

  get text(): string {
    return this.lines.join('\n');
  }

  /** The address after this name in the printed list. */
  where(name: string): string {
    const line = this.lines.find((each) => each.startsWith(`  ${name} `));
    if (line === undefined) throw new Error(`no "${name}" in:\n${this.text}`);
    return line.slice(name.length + 2).trim();
  }

  /** The printed commands. */
  get commands(): string {
    const from = this.lines.findIndex((line) => line.startsWith('MPP='));
    return this.lines.slice(from, this.lines.findIndex((line) => line.includes('trial-balance')) + 1).join('\n');
  }

  /** Waits for the end, after the signal if given. Returns the exit code and all output. */
  async end(signal?: NodeJS.Signals): Promise<{ code: number | null; text: string }> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      const closed = once(this.child, 'close');
      if (signal !== undefined) this.child.kill(signal);
      await closed;
    }
    return { code: this.child.exitCode, text: this.text };
  }
}
