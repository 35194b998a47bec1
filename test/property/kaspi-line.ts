import type { PurchaseItem, RunningSimulator } from '../../apps/kaspi-simulator/start.js';
import type { TestDatabase } from '../support/database.js';
import { type Arrived, KaspiPeer, type Reply } from '../support/kaspi-peer.js';
import { forward, Gate, type Held, send } from './forwarding.js';
import { RESULT_CODES } from './result-codes.js';

/** A request to the PS and its answer. */
export interface Call {
  readonly requestId: string;
  readonly method: string;
  readonly body: string;
  /** The payment of a notify; null for a scan or checkout. */
  readonly notifies: string | null;
  /** The attempt was recorded before it arrived (R9). */
  onRecord: boolean;
  /** The body of the answer; null if there was none. */
  answer: string | null;
  code: string | null;
}

interface Hold extends Gate {
  readonly paymentId: string;
  readonly where: 'request' | 'answer';
}

/**
 * The connection between the servers and the simulator. It records every call, can be cut, and can delay a notify before the
 * PS receives it or with its answer. A PS that has confirmed a purchase does not refuse it later (4.3): planned refusals of the
 * simulator that would do so are dropped here.
 */
export class KaspiLine {
  readonly calls: Call[] = [];
  /** Purchases that the PS confirmed after it had finally refused them; only the simulator's faults do that. */
  readonly confirmedAfterRefusal = new Set<string>();
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

  async restore(): Promise<void> {
    if (!this.isUp) await this.peer.open();
    this.isUp = true;
  }

  /** Forgets all earlier calls. */
  forget(): void {
    this.calls.length = 0;
    this.peer.arrived.length = 0;
    this.refused.clear();
    this.confirmedAfterRefusal.clear();
  }

  stop(): Promise<void> {
    return this.peer.close();
  }

  /** A shop creates a QR code. */
  async newQr(order: object): Promise<string> {
    const headers = { 'content-type': 'application/json' };
    const made = await send(`${this.simulator.url}/pos/qr`, { method: 'POST', headers, body: JSON.stringify(order) });
    return (JSON.parse(made.text) as { qrCode: string }).qrCode;
  }

  /** The purchase in the PS's records. */
  purchaseAtPs(purchase: string): PurchaseItem | undefined {
    return this.simulator.purchases().find(({ paymentId }) => paymentId === purchase);
  }

  /** Delays the next notify of this payment until it is released. */
  holdNotify(paymentId: string, where: Hold['where']): Held {
    const gate = new Gate(() => {
      if (this.hold === hold) this.hold = null;
    });
    const hold = Object.assign(gate, { paymentId, where });
    this.hold = hold;
    return gate.held;
  }

  private async pass(request: Arrived): Promise<Reply> {
    const requestId = String(request.headers['x-request-id']);
    const method = request.path.slice(request.path.lastIndexOf('/') + 1);
    const { payment } = JSON.parse(request.body) as Partial<Notify>;
    const before = this.calls.filter((call) => call.requestId === requestId).length;
    const call = { requestId, method, body: request.body, notifies: payment?.mppPaymentId ?? null };
    const written: Call = { ...call, onRecord: false, answer: null, code: null };
    this.calls.push(written);
    const attempts = await this.database.query('select 1 from kaspi_calls where request_id = $1', [requestId]);
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
    const confirmed = () => this.purchaseAtPs(payment.paymentId)?.status === 'CONFIRMED';
    const before = confirmed();
    if (before) this.dropRefusals();
    const reply = await this.forward(request);
    if (result.resultCode === 'SUCCESS') {
      if (!before && confirmed() && this.refused.has(payment.paymentId))
        this.confirmedAfterRefusal.add(payment.paymentId);
      const code = typeof reply === 'object' && 'text' in reply ? codeIn(reply.text) : null;
      if (RESULT_CODES.decisive.includes(code ?? '')) this.refused.add(payment.paymentId);
    }
    if (hold?.where === 'answer') {
      hold.arrived();
      await hold.released;
    }
    hold?.passed();
    return reply;
  }

  private dropRefusals(): void {
    const { notifyPayment } = this.simulator.faults.left();
    const honest = notifyPayment.filter(
      (fault) => fault.do !== 'refuse' || !RESULT_CODES.decisive.includes(fault.resultCode),
    );
    this.simulator.faults.set({ notifyPayment: honest });
  }

  private async forward({ path, headers, body }: Arrived): Promise<Reply> {
    const passed = ['content-type', 'x-request-id', 'x-caller-name', 'x-locale'];
    const named = Object.fromEntries(passed.map((name) => [name, headers[name]]));
    return forward(this.simulator.url + path, { method: 'POST', headers: named, body });
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
