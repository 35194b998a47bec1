import net, { type AddressInfo, type Socket } from 'node:net';

/**
 * Stands between a server and PostgreSQL. Closed, the database is away: what was connected is cut off, what comes is
 * refused. Opened again, it is back under the same address.
 */
export class TcpProxy {
  private readonly sockets = new Set<Socket>();
  private server: net.Server | null = null;
  private port = 0;

  private constructor(private readonly upstream: URL) {}

  static async start(databaseUrl: string): Promise<TcpProxy> {
    const proxy = new TcpProxy(new URL(databaseUrl));
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
    client.once('close', () => database.destroy());
    database.once('close', () => client.destroy());
    client.pipe(database).pipe(client);
  }
}
