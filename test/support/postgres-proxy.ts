import net, { type AddressInfo, type Socket } from 'node:net';

type Direction = 'to-database' | 'to-server';

/**
 * Stands between a server and PostgreSQL. Closed, the database is away: what was connected is cut off, what comes is
 * refused; opened again, it is back under the same address. And it can stop the traffic at an exact point: after a
 * statement was handed over and before its answer is heard, say. What is held back is never delivered.
 */
export class PostgresProxy {
  /** How many statements have passed: simple queries and executions. */
  statements = 0;
  private readonly sockets = new Set<Socket>();
  private readonly held = new Set<Direction>();
  private trigger: { markers: string[]; hold: Direction } | null = null;
  private swallow: string | null = null;
  private reached: () => void = () => undefined;
  private server: net.Server | null = null;
  private port = 0;

  private constructor(private readonly upstream: URL) {}

  static async start(databaseUrl: string): Promise<PostgresProxy> {
    const proxy = new PostgresProxy(new URL(databaseUrl));
    await proxy.open();
    return proxy;
  }

  /** The same database, reached through here. */
  get url(): string {
    const { username, password, pathname } = this.upstream;
    return `postgresql://${username}${password && `:${password}`}@127.0.0.1:${this.port}${pathname}`;
  }

  async open(): Promise<void> {
    const server = net.createServer((client) => this.join(client));
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(this.port, '127.0.0.1', resolve));
    this.port = (server.address() as AddressInfo).port;
    this.server = server;
  }

  async close(): Promise<void> {
    const { server } = this;
    this.server = null;
    for (const socket of this.sockets) socket.destroy();
    if (server !== null) await new Promise((resolve) => server.close(resolve));
  }

  /**
   * From the moment a statement that contains the marker passes by, nothing goes in the given direction any more.
   * Several markers must pass by one after the other; the last one counts. Resolves at that moment.
   */
  holdAt(marker: string | string[], hold: Direction): Promise<void> {
    this.trigger = { markers: [marker].flat(), hold };
    return new Promise((resolve) => {
      this.reached = resolve;
    });
  }

  /**
   * The connection on which a statement with the marker is asked first is dead from then on, without a word; all others
   * work. Resolves at that moment.
   */
  swallowAt(marker: string): Promise<void> {
    this.swallow = marker;
    return new Promise((resolve) => {
      this.reached = resolve;
    });
  }

  private join(client: Socket): void {
    const { port, hostname, searchParams } = this.upstream;
    const folder = searchParams.get('host');
    const database = folder?.startsWith('/')
      ? net.connect(`${folder}/.s.PGSQL.${port || '5432'}`)
      : net.connect(Number(port || '5432'), hostname);
    for (const socket of [client, database]) {
      this.sockets.add(socket);
      socket.on('error', () => undefined);
      socket.once('close', () => this.sockets.delete(socket));
    }
    let dead = false;
    const count = this.statementCounter();
    client.once('close', () => database.destroy());
    database.once('close', () => {
      if (!dead) client.destroy();
    });
    client.on('data', (bytes: Buffer) => {
      count(bytes);
      if (this.swallow !== null && bytes.includes(this.swallow)) {
        this.swallow = null;
        dead = true;
        database.destroy();
        this.reached();
      }
      if (dead) return;
      const hold = this.watch(bytes);
      if (hold !== null) this.held.add(hold);
      if (!this.held.has('to-database')) database.write(bytes);
      if (hold !== null) this.reached();
    });
    database.on('data', (bytes) => {
      if (!this.held.has('to-server')) client.write(bytes);
    });
  }

  /** Follows the messages of one connection. The first has no type; the others are type, length without the type, and body. */
  private statementCounter(): (bytes: Buffer) => void {
    let pending: Buffer = Buffer.alloc(0);
    let started = false;
    return (bytes) => {
      pending = Buffer.concat([pending, bytes]);
      for (;;) {
        const head = started ? 1 : 0;
        if (pending.length < head + 4) return;
        const length = head + pending.readUInt32BE(head);
        if (pending.length < length) return;
        if (started && 'QE'.includes(String.fromCharCode(pending[0] ?? 0))) this.statements++;
        started = true;
        pending = pending.subarray(length);
      }
    };
  }

  /** Which direction to hold from these bytes on, if they are what the test waits for. */
  private watch(bytes: Buffer): Direction | null {
    const { trigger } = this;
    if (trigger === null || trigger.markers[0] === undefined || !bytes.includes(trigger.markers[0])) return null;
    trigger.markers.shift();
    return trigger.markers.length === 0 ? trigger.hold : null;
  }
}
