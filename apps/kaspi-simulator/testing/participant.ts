import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ReceivedRequest {
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export type Reaction = 'hang' | 'reset' | { readonly status: number; readonly body: string };

export const answer = (resultCode: string, status = 200): Reaction => ({
  status,
  body: JSON.stringify({ result: { resultCode, resultMessage: 'any' } }),
});

/** A participant's `/refund`, which reacts as the test configures it. */
export class Participant {
  received: ReceivedRequest[] = [];
  /** The next reactions, in order; then SUCCESS. */
  reactions: Reaction[] = [];
  private readonly waiting = new Set<() => void>();

  private constructor(private readonly server: Server) {
    server.on('request', async (request, response) => {
      const parts: Buffer[] = [];
      for await (const part of request) parts.push(part);
      const { url = '', headers } = request;
      const reaction = this.reactions.shift() ?? answer('SUCCESS');
      this.received.push({ url, headers, body: Buffer.concat(parts).toString() });
      for (const check of this.waiting) check();
      if (reaction === 'hang') return;
      if (reaction === 'reset') request.socket.resetAndDestroy();
      else response.writeHead(reaction.status, { connection: 'close' }).end(reaction.body);
    });
  }

  static async start(): Promise<Participant> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new Participant(server);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/refund`;
  }

  /** Resolves when this number of requests has arrived since the last reset. */
  waitForRequests(count: number): Promise<void> {
    return new Promise((resolve) => {
      const check = () => {
        if (this.received.length < count) return;
        this.waiting.delete(check);
        resolve();
      };
      this.waiting.add(check);
      check();
    });
  }

  reset(): void {
    this.received = [];
    this.reactions = [];
  }

  async stop(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }
}
