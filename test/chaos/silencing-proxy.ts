import type { Socket } from 'node:net';
import { proxyOf, type TcpProxy, urlThrough } from '../support/tcp-proxy.js';

/** What is lost: the statement does not reach the database, or its answer does not reach the server. */
export type Lost = 'statement' | 'answer';

const PATIENCE_MS = 200_000;

interface Breakpoint {
  readonly statements: readonly (readonly string[])[];
  readonly lost: Lost;
  readonly reached: () => void;
}

/**
 * A proxy between a server and PostgreSQL that silences single connections at an exact statement; all others work. In this way
 * one server can be in the middle of many writes at once, whereas PostgresProxy stops all traffic at one point.
 */
export class SilencingProxy {
  private breakpoints: Breakpoint[] = [];
  private readonly proxy: TcpProxy;

  private constructor(private readonly upstream: URL) {
    this.proxy = proxyOf(upstream, (client, database) => this.join(client, database));
  }

  static async start(databaseUrl: string): Promise<SilencingProxy> {
    const proxy = new SilencingProxy(new URL(databaseUrl));
    await proxy.proxy.open();
    return proxy;
  }

  /** The URL of the database through this proxy. */
  get url(): string {
    return urlThrough(this.proxy, this.upstream);
  }

  close(): Promise<void> {
    return this.proxy.close();
  }

  /**
   * Silences the connection on which these statements pass one after the other, from the last of them on. It is not closed, so
   * its locks stay. A statement is recognised by all of its marks, for example a payment's id. Resolves when the last statement
   * passes; if the answer is lost, the statement is executed.
   */
  silence(lost: Lost, ...statements: (string | string[])[]): Promise<void> {
    return new Promise((resolve, reject) => {
      const never = setTimeout(
        () => reject(new Error(`no such statement: ${statements.join(', then ')}`)),
        PATIENCE_MS,
      );
      const reached = () => {
        clearTimeout(never);
        resolve();
      };
      this.breakpoints.push({ lost, statements: statements.map((marks) => [marks].flat()), reached });
    });
  }

  private join(client: Socket, database: Socket): void {
    const passed = new Map<Breakpoint, number>();
    let silent = false;
    client.on('data', (bytes) => {
      if (silent) return;
      const breakpoint = this.passing(bytes, passed);
      silent = breakpoint !== undefined;
      if (breakpoint?.lost !== 'statement') database.write(bytes);
      breakpoint?.reached();
    });
    database.on('data', (bytes) => {
      if (!silent) client.write(bytes);
    });
  }

  /** The breakpoint that these bytes reach; `passed` counts the statements that have passed on this connection. */
  private passing(bytes: Buffer, passed: Map<Breakpoint, number>): Breakpoint | undefined {
    for (const breakpoint of this.breakpoints) {
      const { statements } = breakpoint;
      const next = passed.get(breakpoint) ?? 0;
      if (statements[next]?.every((mark) => bytes.includes(mark)) !== true) continue;
      passed.set(breakpoint, next + 1);
      if (next + 1 < statements.length) continue;
      this.breakpoints = this.breakpoints.filter((other) => other !== breakpoint);
      return breakpoint;
    }
    return undefined;
  }
}
