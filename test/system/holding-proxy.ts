import { once } from 'node:events';
import net, { type AddressInfo, type Socket } from 'node:net';

/** A proxy before a mail server that silences a connection after a certain command. */
export class HoldingProxy {
  private readonly sockets = new Set<Socket>();
  private hold: RegExp | null = null;
  private reached: () => void = () => undefined;

  private constructor(private readonly server: net.Server) {}

  static async start(upstreamPort: number): Promise<HoldingProxy> {
    const server = net.createServer();
    const proxy = new HoldingProxy(server);
    server.on('connection', (client) => proxy.join(client, net.connect(upstreamPort, '127.0.0.1')));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return proxy;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** Silences the connection on which this command comes. Resolves at that moment. */
  holdAt(command: RegExp): Promise<void> {
    this.hold = command;
    return new Promise((resolve) => {
      this.reached = resolve;
    });
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
    await once(this.server, 'close');
  }

  private join(client: Socket, upstream: Socket): void {
    let silent = false;
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      this.sockets.add(socket);
      socket.on('error', () => undefined);
      socket.once('close', () => {
        this.sockets.delete(socket);
        other.destroy();
      });
    }
    client.on('data', (bytes) => {
      if (this.hold?.test(bytes.toString('latin1')) === true) {
        silent = true;
        this.reached();
      }
      if (!silent) upstream.write(bytes);
    });
    upstream.on('data', (bytes) => {
      if (!silent) client.write(bytes);
    });
  }
}
