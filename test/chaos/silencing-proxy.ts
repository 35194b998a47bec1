import net, { type AddressInfo, type Socket } from 'node:net';

/** What is lost: the statement does not reach the database, or its answer does not reach the server. */
export type Lost = 'statement' | 'answer';

const PATIENCE_MS = 50_000;

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
  private readonly sockets = new Set<Socket>();
  private breakpoints: Breakpoint[] = [];
  private readonly server = net.createServer((client) => this.join(client));

  private constructor(private readonly upstream: URL) {}

  static async start(databaseUrl: string): Promise<SilencingProxy> {
    const proxy = new SilencingProxy(new URL(databaseUrl));
    await new Promise<void>((resolve) => proxy.server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  /** The URL of the database through this proxy. */
  get url(): string {
    const { username, password, pathname } = this.upstream;
    const { port } = this.server.address() as AddressInfo;
    return `postgresql://${username}${password && `:${password}`}@127.0.0.1:${port}${pathname}`;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
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

  private join(client: Socket): void {
    const { port, hostname, searchParams } = this.upstream;
    const folder = searchParams.get('host');
    const database = folder?.startsWith('/')
      ? net.connect(`${folder}/.s.PGSQL.${port || '5432'}`)
      : net.connect(Number(port || '5432'), hostname);
    for (const [socket, other] of [
      [client, database],
      [database, client],
    ] as const) {
      this.sockets.add(socket);
      socket.on('error', () => undefined);
      socket.once('close', () => {
        this.sockets.delete(socket);
        other.destroy();
      });
    }
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
