import http from 'node:http';
import https from 'node:https';
import type { AddressInfo, Socket } from 'node:net';

/** A request that arrived at the PS. */
export interface Arrived {
  readonly method: string;
  readonly path: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

/** The PS's reply to a request: an answer, or one of the ways of not answering (R9). */
export type Reply =
  | { readonly status?: number; readonly json: unknown }
  | { readonly status?: number; readonly text: string }
  | 'reset'
  | 'hang';

export type Script = (request: Arrived, index: number) => Reply | Promise<Reply>;

/**
 * A PS for tests: a real HTTP server that follows the test's script and records every request byte for byte. It can be closed
 * and opened again on the same port, like a PS that is down for a while.
 */
export class KaspiPeer {
  readonly arrived: Arrived[] = [];
  /** The number of connections since the start. */
  connections = 0;
  private server: http.Server | null = null;
  private readonly sockets = new Set<Socket>();
  private port = 0;
  script: Script;

  private constructor(
    script: Script,
    private readonly tls: https.ServerOptions | null,
  ) {
    this.script = script;
  }

  static async start(script: Script = happyKaspi(), tls: https.ServerOptions | null = null): Promise<KaspiPeer> {
    const peer = new KaspiPeer(script, tls);
    await peer.open();
    return peer;
  }

  get url(): string {
    return `http${this.tls === null ? '' : 's'}://127.0.0.1:${this.port}`;
  }

  of(method: 'scan' | 'checkout' | 'notifyPayment'): Arrived[] {
    return this.arrived.filter(({ path }) => path === `/api/v1/qr/${method}`);
  }

  async open(): Promise<void> {
    const serve: http.RequestListener = (request, response) => void this.serve(request, response);
    const server = this.tls === null ? http.createServer(serve) : https.createServer(this.tls, serve);
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
    const { method = '', url = '' } = request;
    const arrived = { method, path: url, headers: request.headers, body: Buffer.concat(chunks).toString() };
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

/** A service form: one parameter to fill in, one to choose, one that the PS has filled in. */
export const FORM = {
  serviceId: 2862,
  serviceName: 'Парковка',
  parameters: [
    { id: 3932, value: '', name: 'Госномер' },
    {
      id: 3933,
      name: 'Зона',
      options: [
        { key: 'A1', label: 'Центр' },
        { key: 'B2', label: 'Аэропорт' },
      ],
    },
    { id: 3934, value: 'Алматы', name: 'Город' },
  ],
};

/** Values for the form. */
export const FILLED = [
  { id: 3932, value: '547RBA02' },
  { id: 3933, value: 'A1' },
];

/**
 * A script with which everything succeeds. A scan's answer depends on the QR's content: Static if it begins with `static`, Custom
 * if with `custom` (without deadline and merchant, R8), else Dynamic with 100.00. A checkout answers that price; a notify SUCCESS,
 * with links if the purchase is paid.
 */
export function happyKaspi(options: { amount?: string; confirmUntil?: string | null } = {}): Script {
  const { amount = '100.00' } = options;
  const deadline = () => {
    const until =
      options.confirmUntil === undefined ? new Date(Date.now() + 300_000).toISOString() : options.confirmUntil;
    return until === null ? {} : { canConfirmUntil: until };
  };
  const merchant = { merchantId: '123456789', merchantName: 'Coffee Bar', merchantMCC: '5812' };
  return ({ path, body }) => {
    if (path.endsWith('/checkout')) {
      return { json: { result: SUCCESS, paymentAmount: amount, ...deadline(), merchant } };
    }
    if (path.endsWith('/notifyPayment')) {
      const { result } = JSON.parse(body) as { result: { resultCode: string } };
      return { json: { result: SUCCESS, ...(result.resultCode === 'SUCCESS' && LINKS) } };
    }
    if (!path.endsWith('/scan')) return { json: { result: SUCCESS } };
    const { qrCode } = JSON.parse(body) as { qrCode: string };
    const paymentId = `ps-${qrCode}`;
    if (qrCode.startsWith('custom')) {
      return { json: { result: SUCCESS, qrCodeType: 'Custom', payment: { paymentId }, paymentData: FORM } };
    }
    if (qrCode.startsWith('static')) {
      return { json: { result: SUCCESS, qrCodeType: 'Static', payment: { paymentId, ...deadline() }, merchant } };
    }
    const payment = { paymentId, paymentAmount: amount, ...deadline() };
    return { json: { result: SUCCESS, qrCodeType: 'Dynamic', payment, merchant } };
  };
}

/** A script that gives these replies to a method, one after the other, and follows `then` for everything else. */
export function inTurn(method: string, replies: readonly Reply[], then: Script): Script {
  const left = [...replies];
  return (request, index) => (request.path.endsWith(`/${method}`) ? left.shift() : undefined) ?? then(request, index);
}

export const LINKS = {
  linkReceipt: 'https://receipt.kaspi.kz/web?extTranId=QR2509155449&sale_date=2024-12-05+12:05:10.285',
  pdfReceipt: 'https://receipt.kaspi.kz/pdf?extTranId=QR2509155449&sale_date=2024-12-05+12:05:10.285',
};

export function refusal(resultCode: string): Reply {
  return { json: { result: { resultCode, resultMessage: 'refused' } } };
}
