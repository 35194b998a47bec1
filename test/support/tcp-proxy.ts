import net, { type AddressInfo, type Socket } from 'node:net';

type Pair = readonly [client: Socket, upstream: Socket];

/**
 * A proxy on loopback; `join` passes the bytes of a connection on. When one side closes, so does the other. A closed proxy cuts off
 * all connections and refuses new ones; it can be opened again on the same port.
 */
export class TcpProxy {
  readonly pairs = new Set<Pair>();
  port = 0;
  private server: net.Server | null = null;

  constructor(
    private readonly connect: () => Socket,
    private readonly join: (client: Socket, upstream: Socket) => void,
  ) {}

  async open(): Promise<void> {
    const server = net.createServer((client) => this.accept(client));
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(this.port, '127.0.0.1', resolve));
    this.port = (server.address() as AddressInfo).port;
    this.server = server;
  }

  async close(): Promise<void> {
    const { server } = this;
    this.server = null;
    for (const pair of this.pairs) for (const socket of pair) socket.destroy();
    if (server !== null) await new Promise((resolve) => server.close(resolve));
  }

  private accept(client: Socket): void {
    const pair: Pair = [client, this.connect()];
    this.pairs.add(pair);
    for (const socket of pair) {
      socket.on('error', () => undefined);
      socket.once('close', () => {
        this.pairs.delete(pair);
        for (const either of pair) either.destroy();
      });
    }
    this.join(...pair);
  }
}

/** A proxy before the PostgreSQL of this URL. Not open yet. */
export function proxyOf(database: URL, join: (client: Socket, upstream: Socket) => void): TcpProxy {
  const { port, hostname, searchParams } = database;
  const folder = searchParams.get('host');
  const connect = () =>
    folder?.startsWith('/')
      ? net.connect(`${folder}/.s.PGSQL.${port || '5432'}`)
      : net.connect(Number(port || '5432'), hostname);
  return new TcpProxy(connect, join);
}

/** The URL of this database through the proxy. */
export function urlThrough({ port }: TcpProxy, { username, password, pathname }: URL): string {
  return `postgresql://${username}${password && `:${password}`}@127.0.0.1:${port}${pathname}`;
}
