import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type pg from 'pg';
import { connect } from '../support/database.js';
import { until } from '../support/until.js';
import { DIST, type Places, type ProcessOptions } from './places.js';
import { childrenOf, isAlive } from './processes.js';

/** The program of the owner's process. */
export const PROGRAM = join(import.meta.dirname, 'owner-process.js');

export interface OwnerOptions {
  readonly dataDir: string;
  readonly outside?: string;
}

/** A process that owns an embedded PostgreSQL; it can be killed, and run as another user. */
export class PostgresOwner {
  private constructor(
    private readonly child: ChildProcess,
    private readonly lines: AsyncIterator<string>,
    readonly url: string,
    readonly version: string,
    /** Where PostgreSQL's files are. */
    readonly path: string,
  ) {}

  /** Throws the launcher's message if PostgreSQL could not start. */
  static async start(places: Places, options: OwnerOptions, how: ProcessOptions = {}): Promise<PostgresOwner> {
    const child = PostgresOwner.launch(places, options, how);
    const lines = createInterface({ input: child.stdout ?? process.stdin })[Symbol.asyncIterator]();
    const { value, done } = await lines.next();
    if (done === true) throw new Error('the owner printed nothing');
    const started = JSON.parse(value);
    if (started.error !== undefined) throw new Error(started.error);
    return new PostgresOwner(child, lines, started.url, started.version, started.path);
  }

  /** Starts the process without waiting. */
  static launch(places: Places, options: OwnerOptions, how: ProcessOptions = {}): ChildProcess {
    const { node = process.execPath, program = PROGRAM, dist = DIST, ...user } = how;
    const args = [program, dist, JSON.stringify(options)];
    return places.watched(spawn(node, args, { ...user, cwd: '/', stdio: ['ignore', 'pipe', 'inherit'] }));
  }

  get socketFolder(): string {
    return new URL(this.url).searchParams.get('host') ?? '';
  }

  async query<Row extends pg.QueryResultRow>(sql: string): Promise<Row[]> {
    const client = await connect(this.url);
    try {
      return (await client.query<Row>(sql)).rows;
    } finally {
      await client.end();
    }
  }

  /** The next line that the owner prints. */
  async nextLine(): Promise<unknown> {
    return JSON.parse((await this.lines.next()).value);
  }

  /** Stops regularly. Returns the exit code. */
  async stop(): Promise<number | null> {
    const ended = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    return (await ended)[0];
  }

  /** kill -9: no code of ours runs afterwards. */
  async kill(): Promise<void> {
    const ended = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await ended;
  }

  /** Kills the owner and PostgreSQL's supervisor, so that PostgreSQL keeps running. Returns its pid. */
  async killWithSupervisor(): Promise<number> {
    const [supervisor] = await childrenOf(this.child.pid ?? 0);
    if (supervisor === undefined) throw new Error('the owner has no supervisor');
    const below = await childrenOf(supervisor.pid);
    const postgres = below.find(({ name }) => name.includes('postgres'));
    const watchers = below.filter(({ name }) => !name.includes('postgres'));
    if (postgres === undefined || watchers.length !== 1) throw new Error(`unexpected: ${JSON.stringify(below)}`);
    for (const { pid } of [...watchers, supervisor]) process.kill(pid, 'SIGKILL');
    await this.kill();
    return postgres.pid;
  }

  async untilPostgresIsGone(pid: number): Promise<void> {
    await until(
      `the end of process ${pid}`,
      () => isAlive(pid),
      (alive) => !alive,
    );
  }
}
