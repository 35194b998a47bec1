import type { Socket } from 'node:net';
import { proxyOf, type TcpProxy, urlThrough } from './tcp-proxy.js';

type Direction = 'to-database' | 'to-server';

/**
 * A proxy between a server and PostgreSQL. Closing it cuts off all connections and refuses new ones; opening it again brings the
 * database back under the same address. It can also stop all traffic at an exact point, for example after a statement was passed
 * on and before its answer. Traffic that is held is never delivered.
 */
export class PostgresProxy {
  /** How many statements have passed: simple queries and executions. */
  statements = 0;
  private readonly held = new Set<Direction>();
  private trigger: { markers: string[]; hold: Direction } | null = null;
  private swallow: string | null = null;
  private reached: () => void = () => undefined;
  private readonly proxy: TcpProxy;

  private constructor(private readonly upstream: URL) {
    this.proxy = proxyOf(upstream, (client, database) => this.join(client, database));
  }

  static async start(databaseUrl: string): Promise<PostgresProxy> {
    const proxy = new PostgresProxy(new URL(databaseUrl));
    await proxy.open();
    return proxy;
  }

  /** The URL of the database through this proxy. */
  get url(): string {
    return urlThrough(this.proxy, this.upstream);
  }

  open(): Promise<void> {
    return this.proxy.open();
  }

  close(): Promise<void> {
    return this.proxy.close();
  }

  /**
   * Holds all traffic in the given direction from the statement on that contains the marker; of several markers, from the last one
   * on after they have passed in order. Resolves at that moment.
   */
  holdAt(marker: string | string[], hold: Direction): Promise<void> {
    this.trigger = { markers: [marker].flat(), hold };
    return new Promise((resolve) => {
      this.reached = resolve;
    });
  }

  /**
   * Silences the connection of the first statement that contains the marker; all others work. Resolves at that moment.
   */
  swallowAt(marker: string): Promise<void> {
    this.swallow = marker;
    return new Promise((resolve) => {
      this.reached = resolve;
    });
  }

  private join(client: Socket, database: Socket): void {
    let dead = false;
    const count = this.statementCounter();
    client.on('data', (bytes: Buffer) => {
      count(bytes);
      if (this.swallow !== null && bytes.includes(this.swallow)) {
        this.swallow = null;
        dead = true;
        // The client's connection stays open.
        database.removeAllListeners('close').destroy();
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

  /** The direction to hold from these bytes on, if they contain the last marker. */
  private watch(bytes: Buffer): Direction | null {
    const { trigger } = this;
    if (trigger === null || trigger.markers[0] === undefined || !bytes.includes(trigger.markers[0])) return null;
    trigger.markers.shift();
    return trigger.markers.length === 0 ? trigger.hold : null;
  }
}
