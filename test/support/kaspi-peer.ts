import http from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** One request as it arrived at the PS. */
export interface Arrived {
  readonly path: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

/** What the PS does with a request: answers it, or one of the ways of not answering (R9). */
export type Reply =
  | { readonly status?: number; readonly json: unknown }
  | { readonly status?: number; readonly text: string }
  | 'reset'
  | 'hang';

export type Script = (request: Arrived, index: number) => Reply | Promise<Reply>;

/**
 * A PS for tests: a real HTTP server that does what the test's script says and remembers, to the byte, what came. It can
 * be closed and opened again on the same port, as a PS that is down for a while.
 */
export class KaspiPeer {
  readonly arrived: Arrived[] = [];
  /** How many were ever made. */
  connections = 0;
  private server: http.Server | null = null;
  private readonly sockets = new Set<Socket>();
  private port = 0;
  script: Script;

  private constructor(script: Script) {
    this.script = script;
  }

  static async start(script: Script = happyKaspi()): Promise<KaspiPeer> {
    const peer = new KaspiPeer(script);
    await peer.open();
    return peer;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  of(method: 'scan' | 'notifyPayment'): Arrived[] {
    return this.arrived.filter(({ path }) => path === `/api/v1/qr/${method}`);
  }

  async open(): Promise<void> {
    const server = http.createServer((request, response) => void this.serve(request, response));
    server.on('connection', (socket) => {
      this.connections++;
      this.sockets.add(socket);
      socket.once('close', () => this.sockets.delete(socket));
    });
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(this.port, '127.0.0.1', resolve));
    this.port = (server.address() as AddressInfo).port;
    this.server = server;
  }

  /** From now on connections are refused. */
  async close(): Promise<void> {
    const { server } = this;
    this.server = null;
    for (const socket of this.sockets) socket.destroy();
    if (server !== null) await new Promise((resolve) => server.close(resolve));
  }

  private async serve(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const arrived = { path: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks).toString() };
    const index = this.arrived.push(arrived) - 1;
    const reply = await this.script(arrived, index);
    if (reply === 'hang') return;
    if (reply === 'reset') {
      request.socket.resetAndDestroy();
      return;
    }
    const text = 'json' in reply ? JSON.stringify(reply.json) : reply.text;
    response
      .writeHead(reply.status ?? 200, { 'content-type': 'json' in reply ? 'application/json' : 'text/html' })
      .end(text);
  }
}

const SUCCESS = { resultCode: 'SUCCESS', resultMessage: 'success' };

/** Scans answer a Dynamic purchase named by the QR's content, of 100.00; notifies answer SUCCESS with links. */
export function happyKaspi(options: { amount?: string; confirmUntil?: string | null } = {}): Script {
  return ({ path, body }) => {
    if (path.endsWith('/scan')) {
      const { qrCode } = JSON.parse(body) as { qrCode: string };
      const canConfirmUntil =
        options.confirmUntil === undefined ? new Date(Date.now() + 300_000).toISOString() : options.confirmUntil;
      return {
        json: {
          result: SUCCESS,
          qrCodeType: 'Dynamic',
          payment: {
            paymentId: `ps-${qrCode}`,
            paymentAmount: options.amount ?? '100.00',
            ...(canConfirmUntil !== null && { canConfirmUntil }),
          },
          merchant: { merchantId: '123456789', merchantName: 'Coffee Bar', merchantMCC: '5812' },
        },
      };
    }
    return { json: { result: SUCCESS, ...LINKS } };
  };
}

export const LINKS = {
  linkReceipt: 'https://receipt.kaspi.kz/web?extTranId=QR2509155449&sale_date=2024-12-05+12:05:10.285',
  pdfReceipt: 'https://receipt.kaspi.kz/pdf?extTranId=QR2509155449&sale_date=2024-12-05+12:05:10.285',
};

export function refusal(resultCode: string): Reply {
  return { json: { result: { resultCode, resultMessage: 'refused' } } };
}
