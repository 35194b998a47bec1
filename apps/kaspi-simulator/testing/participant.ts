import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Arrived {
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export type Reaction = 'hang' | 'reset' | { readonly status: number; readonly body: string };

export const answer = (resultCode: string, status = 200): Reaction => ({
  status,
  body: JSON.stringify({ result: { resultCode, resultMessage: 'any' } }),
});

/** A participant's `/refund`, which does as the test says. */
export class Participant {
  arrived: Arrived[] = [];
  /** What comes next, in order; when it is used up, SUCCESS. */
  reactions: Reaction[] = [];
  private readonly waiting = new Set<() => void>();

  private constructor(private readonly server: Server) {
    server.on('request', async (request, response) => {
      const parts: Buffer[] = [];
      for await (const part of request) parts.push(part);
      const { url = '', headers } = request;
      const reaction = this.reactions.shift() ?? answer('SUCCESS');
      this.arrived.push({ url, headers, body: Buffer.concat(parts).toString() });
      for (const look of this.waiting) look();
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

  /** Resolves when so many requests have come since the last time it was forgotten. */
  hasReceived(count: number): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (this.arrived.length < count) return;
        this.waiting.delete(look);
        resolve();
      };
      this.waiting.add(look);
      look();
    });
  }

  forget(): void {
    this.arrived = [];
    this.reactions = [];
  }

  async stop(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }
}
