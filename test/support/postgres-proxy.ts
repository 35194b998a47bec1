import net, { type Socket } from 'node:net';

type Direction = 'to-database' | 'to-server';

/**
 * Stands between a server and PostgreSQL, so that a test can stop the traffic at an exact point: after a statement was
 * handed over and before its answer is heard, say. What is held back is never delivered; the test then kills the server.
 */
export class PostgresProxy {
  private readonly sockets = new Set<Socket>();
  private readonly held = new Set<Direction>();
  private trigger: { markers: string[]; hold: Direction } | null = null;
  private reached: () => void = () => undefined;

  private constructor(
    private readonly server: net.Server,
    private readonly upstream: URL,
  ) {}

  static async start(databaseUrl: string): Promise<PostgresProxy> {
    const server = net.createServer();
    const proxy = new PostgresProxy(server, new URL(databaseUrl));
    server.on('connection', (client) => proxy.join(client));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  /** The same database, reached through here. */
  get url(): string {
    const { username, password, pathname } = this.upstream;
    const { port } = this.server.address() as net.AddressInfo;
    return `postgresql://${username}${password && `:${password}`}@127.0.0.1:${port}${pathname}`;
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

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private join(client: Socket): void {
    const host = this.upstream.searchParams.get('host');
    const port = this.upstream.port || '5432';
    const database = host?.startsWith('/')
      ? net.connect(`${host}/.s.PGSQL.${port}`)
      : net.connect(Number(port), this.upstream.hostname);
    for (const socket of [client, database]) {
      this.sockets.add(socket);
      socket.on('error', () => undefined);
      socket.once('close', () => this.sockets.delete(socket));
    }
    client.once('close', () => database.destroy());
    database.once('close', () => client.destroy());
    client.on('data', (bytes) => {
      const hold = this.watch(bytes);
      if (hold === 'to-server') this.held.add('to-server');
      if (hold === 'to-database') this.held.add('to-database');
      if (!this.held.has('to-database')) database.write(bytes);
      if (hold !== null) this.reached();
    });
    database.on('data', (bytes) => {
      if (!this.held.has('to-server')) client.write(bytes);
    });
  }

  /** Which direction to hold from these bytes on, if they are what the test waits for. */
  private watch(bytes: Buffer): Direction | null {
    const { trigger } = this;
    if (trigger === null || trigger.markers[0] === undefined || !bytes.includes(trigger.markers[0])) return null;
    trigger.markers.shift();
    return trigger.markers.length === 0 ? trigger.hold : null;
  }
}
