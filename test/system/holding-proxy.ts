import net, { type Socket } from 'node:net';
import { TcpProxy } from '../support/tcp-proxy.js';

/** A proxy before a mail server that silences or cuts off a connection after a certain command. */
export class HoldingProxy {
  private hold: RegExp | null = null;
  private reached: () => void = () => undefined;
  private breaking: RegExp | null = null;
  private broken: string | undefined;
  private readonly proxy: TcpProxy;

  private constructor(upstreamPort: number) {
    this.proxy = new TcpProxy(
      () => net.connect(upstreamPort, '127.0.0.1'),
      (client, upstream) => this.join(client, upstream),
    );
  }

  static async start(upstreamPort: number): Promise<HoldingProxy> {
    const proxy = new HoldingProxy(upstreamPort);
    await proxy.proxy.open();
    return proxy;
  }

  get port(): number {
    return this.proxy.port;
  }

  close(): Promise<void> {
    return this.proxy.close();
  }

  /** Silences the connection on which this command comes. Resolves at that moment. */
  holdAt(command: RegExp): Promise<void> {
    this.hold = command;
    return new Promise((resolve) => {
      this.reached = resolve;
    });
  }

  /** From now on, cuts off each connection on which this command comes for the mail for which it comes first; null: none. */
  breakAt(command: RegExp | null): void {
    this.breaking = command;
    this.broken = undefined;
  }

  private breaks(bytes: Buffer): boolean {
    const [, uid] = this.breaking?.exec(bytes.toString('latin1')) ?? [];
    this.broken ??= uid;
    return uid !== undefined && uid === this.broken;
  }

  private join(client: Socket, upstream: Socket): void {
    let silent = false;
    client.on('data', (bytes) => {
      if (this.hold?.test(bytes.toString('latin1')) === true) {
        silent = true;
        this.reached();
      }
      if (this.breaks(bytes)) client.resetAndDestroy();
      else if (!silent) upstream.write(bytes);
    });
    upstream.on('data', (bytes) => {
      if (!silent) client.write(bytes);
    });
  }
}
