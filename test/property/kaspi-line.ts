import http from 'node:http';
import { text } from 'node:stream/consumers';
import type { PurchaseItem, RunningSimulator } from '../../apps/kaspi-simulator/start.js';
import type { TestDatabase } from '../support/database.js';
import { type Arrived, KaspiPeer, type Reply } from '../support/kaspi-peer.js';
import { REFUSALS } from './refusals.js';

/** A request that arrived, and what went back. */
export interface Call {
  readonly requestId: string;
  readonly method: string;
  readonly body: string;
  /** The payment that it tells of; null for a question. */
  readonly notifies: string | null;
  /** The attempt was on record before it arrived (R9). */
  onRecord: boolean;
  /** As it left; null where nothing did, or nothing that is an answer. */
  answer: string | null;
  code: string | null;
}

/** One notify that is held up on its way. */
export interface Held {
  readonly arrived: Promise<void>;
  release(): void;
}

interface Hold {
  readonly paymentId: string;
  readonly where: 'request' | 'answer';
  readonly arrived: () => void;
  readonly released: Promise<void>;
}

// Longer than any server waits: a PS that hangs is given up by them first.
const GIVEN_UP_MS = 1500;

/**
 * The line between the servers and the simulator. It writes down what passes, can be cut, and can hold a notify up:
 * before the PS sees it, or with its answer. A PS that has confirmed a purchase keeps its word on it (4.3): the
 * simulator's planned refusals that would break it are dropped here.
 */
export class KaspiLine {
  readonly calls: Call[] = [];
  /** Purchases that the PS confirmed after it had refused them for good: only a fault of the simulator's does that. */
  readonly brokenWord = new Set<string>();
  isUp = true;
  private readonly refused = new Set<string>();
  private hold: Hold | null = null;

  private constructor(
    private readonly peer: KaspiPeer,
    private readonly simulator: RunningSimulator,
    private readonly database: TestDatabase,
  ) {}

  static async start(simulator: RunningSimulator, database: TestDatabase): Promise<KaspiLine> {
    const peer = await KaspiPeer.start();
    const line = new KaspiLine(peer, simulator, database);
    peer.script = (request) => line.pass(request);
    return line;
  }

  get url(): string {
    return this.peer.url;
  }

  async cut(): Promise<void> {
    this.isUp = false;
    await this.peer.close();
  }

  async mend(): Promise<void> {
    if (!this.isUp) await this.peer.open();
    this.isUp = true;
  }

  /** Nothing is kept of what passed before. */
  forget(): void {
    this.calls.length = 0;
    this.peer.arrived.length = 0;
    this.refused.clear();
    this.brokenWord.clear();
  }

  stop(): Promise<void> {
    return this.peer.close();
  }

  /** At a shop's till. */
  async newQr(order: object): Promise<string> {
    const made = await this.post('/pos/qr', { 'content-type': 'application/json' }, JSON.stringify(order));
    return (JSON.parse(made.text) as { qrCode: string }).qrCode;
  }

  /** What the PS knows of a purchase, asked by telephone. */
  truth(purchase: string): PurchaseItem | undefined {
    return this.simulator.purchases().find(({ paymentId }) => paymentId === purchase);
  }

  /** Holds the next notify of this payment, until it is released. */
  holdNotify(paymentId: string, where: Hold['where']): Held {
    let arrived: () => void = () => undefined;
    let release: () => void = () => undefined;
    const hasArrived = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    const hold = { paymentId, where, arrived, released };
    this.hold = hold;
    return {
      arrived: hasArrived,
      release: () => {
        if (this.hold === hold) this.hold = null;
        release();
      },
    };
  }

  private async pass(request: Arrived): Promise<Reply> {
    const requestId = String(request.headers['x-request-id']);
    const method = request.path.slice(request.path.lastIndexOf('/') + 1);
    const { payment } = JSON.parse(request.body) as Partial<Notify>;
    const before = this.calls.filter((call) => call.requestId === requestId).length;
    const call = { requestId, method, body: request.body, notifies: payment?.mppPaymentId ?? null };
    const written: Call = { ...call, onRecord: false, answer: null, code: null };
    this.calls.push(written);
    const attempts = await this.database.query('select 1 from kaspi_exchanges where request_id = $1', [requestId]);
    written.onRecord = attempts.length > before;
    const reply = method === 'notifyPayment' ? await this.passNotify(request) : await this.forward(request);
    if (typeof reply === 'object' && 'text' in reply) {
      written.answer = reply.text;
      written.code = codeIn(reply.text);
    }
    return reply;
  }

  private async passNotify(request: Arrived): Promise<Reply> {
    const { result, payment } = JSON.parse(request.body) as Notify;
    const hold = this.hold?.paymentId === payment.mppPaymentId ? this.hold : null;
    if (hold !== null) this.hold = null;
    if (hold?.where === 'request') {
      hold.arrived();
      await hold.released;
    }
    const confirmed = () => this.truth(payment.paymentId)?.status === 'CONFIRMED';
    const before = confirmed();
    if (before) this.dropRefusals();
    const reply = await this.forward(request);
    if (result.resultCode === 'SUCCESS') {
      if (!before && confirmed() && this.refused.has(payment.paymentId)) this.brokenWord.add(payment.paymentId);
      const code = typeof reply === 'object' && 'text' in reply ? codeIn(reply.text) : null;
      if (REFUSALS.decisive.includes(code ?? '')) this.refused.add(payment.paymentId);
    }
    if (hold?.where === 'answer') {
      hold.arrived();
      await hold.released;
    }
    return reply;
  }

  private dropRefusals(): void {
    const { notifyPayment } = this.simulator.faults.left();
    const honest = notifyPayment.filter(
      (fault) => fault.do !== 'refuse' || !REFUSALS.decisive.includes(fault.resultCode),
    );
    this.simulator.faults.set({ notifyPayment: honest });
  }

  private async forward({ path, headers, body }: Arrived): Promise<Reply> {
    const passed = ['content-type', 'x-request-id', 'x-caller-name', 'x-locale'];
    try {
      return await this.post(path, Object.fromEntries(passed.map((name) => [name, headers[name]])), body);
    } catch (error) {
      return (error as Error).name === 'AbortError' ? 'hang' : 'reset';
    }
  }

  /** On a connection of its own, which is over with the answer: none is left that would hold up the simulator's end. */
  private post(
    path: string,
    headers: http.OutgoingHttpHeaders,
    body: string,
  ): Promise<{ status: number; text: string }> {
    return new Promise((resolve, reject) => {
      const signal = AbortSignal.timeout(GIVEN_UP_MS);
      const request = http.request(this.simulator.url + path, { method: 'POST', headers, agent: false, signal });
      request.once('error', reject).once('response', (response) => {
        text(response).then((all) => resolve({ status: response.statusCode ?? 0, text: all }), reject);
      });
      request.end(body);
    });
  }
}

interface Notify {
  readonly result: { readonly resultCode: string };
  readonly payment: { readonly paymentId: string; readonly mppPaymentId: string };
}

function codeIn(text: string): string | null {
  try {
    return (JSON.parse(text) as { result?: { resultCode?: string } }).result?.resultCode ?? null;
  } catch {
    return null;
  }
}
