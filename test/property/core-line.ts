import type { TestDatabase } from '../support/database.js';
import { type Arrived, KaspiPeer, type Reply } from '../support/kaspi-peer.js';
import { forward, Gate, type Held } from './forward.js';

export type CoreMethod = 'accounts' | 'debit' | 'credit' | 'reversal' | 'outcome';

/** A question or an order that arrived at the bank's core. */
export interface CoreCall {
  readonly method: CoreMethod;
  /** Of accounts the customer, of all others the operation. */
  readonly subject: string;
  /** An order was on record before it arrived. */
  onRecord: boolean;
  /** What went back says something. Whoever had waited too long by then has not heard it. */
  isClear: boolean;
}

interface Hold extends Gate {
  readonly method: CoreMethod;
  readonly about: string;
  readonly where: 'request' | 'answer';
}

const METHODS: readonly [start: string, method: CoreMethod][] = [
  ['/v1/customers/', 'accounts'],
  ['/v1/operations/', 'outcome'],
  ['/v1/debits', 'debit'],
  ['/v1/credits', 'credit'],
  ['/v1/reversals', 'reversal'],
];
/** As long as the servers wait for the core. */
export const CORE_TIMEOUT_MS = 300;

/** The line between the servers and the bank's core: it writes down what passes, and can hold one call up. */
export class CoreLine {
  readonly calls: CoreCall[] = [];
  private hold: Hold | null = null;

  private constructor(
    private readonly peer: KaspiPeer,
    private readonly coreUrl: string,
    private readonly database: TestDatabase,
  ) {}

  static async start(coreUrl: string, database: TestDatabase): Promise<CoreLine> {
    const peer = await KaspiPeer.start();
    const line = new CoreLine(peer, coreUrl, database);
    peer.script = (request) => line.pass(request);
    return line;
  }

  get url(): string {
    return this.peer.url;
  }

  forget(): void {
    this.calls.length = 0;
    this.peer.arrived.length = 0;
  }

  stop(): Promise<void> {
    return this.peer.close();
  }

  /** Holds the next call of this kind in which that id stands: before the core sees it, or with its answer. */
  holdUp(method: CoreMethod, about: string, where: Hold['where']): Held {
    const gate = new Gate(() => {
      if (this.hold === hold) this.hold = null;
    });
    const hold = Object.assign(gate, { method, about, where });
    this.hold = hold;
    return gate.held;
  }

  /** Whether a customer's accounts were asked for since then, and the answer did not come, or not in time. */
  wasSilent(customer: string, since: number): boolean {
    const asked = this.calls
      .slice(since)
      .filter(({ method, subject }) => method === 'accounts' && subject === customer);
    return asked.some(({ isClear }) => !isClear);
  }

  private async pass(request: Arrived): Promise<Reply> {
    const { path, body } = request;
    const method = METHODS.find(([start]) => path.startsWith(start))?.[1];
    if (method === undefined) throw new Error(`the core has no ${path}`);
    const isOrder = path.lastIndexOf('/') === '/v1'.length;
    const subject = isOrder ? (JSON.parse(body) as { operationId: string }).operationId : (path.split('/')[3] ?? '');
    const call: CoreCall = { method, subject, onRecord: true, isClear: false };
    this.calls.push(call);
    const started = performance.now();
    if (isOrder) {
      const rows = await this.database.query('select 1 from core_operations where id = $1', [subject]);
      call.onRecord = rows.length > 0;
    }
    const hold = this.hold?.method === method && (path + body).includes(this.hold.about) ? this.hold : null;
    if (hold !== null) this.hold = null;
    if (hold?.where === 'request') await waitAt(hold);
    const reply = await this.forward(request, isOrder);
    if (hold?.where === 'answer') await waitAt(hold);
    const inTime = performance.now() - started < CORE_TIMEOUT_MS / 2;
    call.isClear = inTime && typeof reply === 'object' && 'text' in reply && isJson(reply.text);
    hold?.passed();
    return reply;
  }

  private forward({ path, headers, body }: Arrived, isOrder: boolean): Promise<Reply> {
    const passed = ['content-type', 'idempotency-key'].filter((name) => headers[name] !== undefined);
    const named = Object.fromEntries(passed.map((name) => [name, headers[name]]));
    return forward(this.coreUrl + path, { method: isOrder ? 'POST' : 'GET', headers: named, body });
  }
}

async function waitAt(hold: Hold): Promise<void> {
  hold.arrived();
  await hold.released;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
