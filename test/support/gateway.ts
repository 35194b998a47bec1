import http from 'node:http';
import type { AddressInfo } from 'node:net';

export interface GatewayRequest {
  readonly path: string | undefined;
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** How the gateway treats a request. */
export type GatewayReply = (response: http.ServerResponse, request: http.IncomingMessage) => void;

export const replyNoContent: GatewayReply = (response) => void response.writeHead(204).end();

/** The participant's notification gateway, a real HTTP server that records all requests; the test sets its answers. */
export class TestGateway {
  readonly received: GatewayRequest[] = [];
  private readonly server = http.createServer((request, response) => void this.serve(request, response));

  constructor(public answers: GatewayReply = replyNoContent) {}

  /** Returns the gateway's URL, without a path. */
  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    if (this.server.listening) await new Promise((resolve) => this.server.close(resolve));
  }

  private async serve(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request) chunks.push(chunk as Buffer);
    } catch {
      // The caller has closed the connection.
      return;
    }
    const headers = request.headers as Record<string, string>;
    this.received.push({ path: request.url, headers, body: Buffer.concat(chunks).toString() });
    this.answers(response, request);
  }
}
