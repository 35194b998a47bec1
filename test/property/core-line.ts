import type { TestDatabase } from '../support/database.js';
import { type Arrived, KaspiPeer, type Reply } from '../support/kaspi-peer.js';
import { forward, Gate, type Held } from './forwarding.js';

export type CoreMethod = 'accounts' | 'debit' | 'credit' | 'reversal' | 'outcome';

/** A call that arrived at the bank's core. */
export interface CoreCall {
  readonly method: CoreMethod;
  /** The customer of an accounts call, the operation of any other. */
  readonly subject: string;
  /** The operation was recorded before its call arrived. */
  onRecord: boolean;
  /** A valid answer was sent back in time. */
  answered: boolean;
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
/** How long the servers wait for the core. */
export const CORE_TIMEOUT_MS = 300;

/** The connection between the servers and the bank's core: records every call, and can delay one. */
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

  /** Delays the next call of this method that contains the id, before the core receives it or with its answer. */
  delayCall(method: CoreMethod, about: string, where: Hold['where']): Held {
    const gate = new Gate(() => {
      if (this.hold === hold) this.hold = null;
    });
    const hold = Object.assign(gate, { method, about, where });
    this.hold = hold;
    return gate.held;
  }

  /** Whether the customer's accounts were requested since then without an answer in time. */
  accountsUnanswered(customer: string, since: number): boolean {
    const requests = this.calls
      .slice(since)
      .filter(({ method, subject }) => method === 'accounts' && subject === customer);
    return requests.some(({ answered }) => !answered);
  }

  private async pass(request: Arrived): Promise<Reply> {
    const { path, body } = request;
    const method = METHODS.find(([start]) => path.startsWith(start))?.[1];
    if (method === undefined) throw new Error(`the core has no ${path}`);
    const isOrder = path.lastIndexOf('/') === '/v1'.length;
    const subject = isOrder ? (JSON.parse(body) as { operationId: string }).operationId : (path.split('/')[3] ?? '');
    const call: CoreCall = { method, subject, onRecord: true, answered: false };
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
    call.answered = inTime && typeof reply === 'object' && 'text' in reply && isJson(reply.text);
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
