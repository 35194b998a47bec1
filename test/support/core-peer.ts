import type { CoreAccountItem, CoreOperationAnswer } from '../../libs/core-banking/wire.js';
import { type Arrived, KaspiPeer, type Reply } from './kaspi-peer.js';

export type CoreMethod = 'accounts' | 'debit' | 'credit' | 'reversal' | 'outcome';

/** A call that arrived. */
export interface CoreCall {
  readonly method: CoreMethod;
  /** Null for an accounts call. */
  readonly operationId: string | null;
  readonly body: { readonly accountId: string; readonly amount: string; readonly debitId?: string } | null;
}

/**
 * What the core does with a call: `as it should` carries it out and answers; `lost` carries it out and resets the connection;
 * anything else is a peer's reply.
 */
export type CoreReply = Reply | 'as it should' | 'lost';
export type CorePlan = CoreReply | ((call: CoreCall) => CoreReply | Promise<CoreReply>);

interface Movement {
  readonly kind: 'debit' | 'credit' | 'reversal';
  readonly answer: CoreOperationAnswer;
}

/**
 * A bank's core for tests: a real HTTP server that keeps accounts and carries out each operation once. A test can plan other
 * replies for the next calls of a method; after them the core answers normally again.
 */
export class CorePeer {
  readonly calls: CoreCall[] = [];
  private readonly plans = new Map<CoreMethod, CorePlan[]>();
  private readonly accounts = new Map<string, CoreAccountItem[]>();
  private readonly movements = new Map<string, Movement>();
  private readonly reversed = new Set<string>();
  private readonly tiyn = new Map<string, bigint>();

  private constructor(private readonly peer: KaspiPeer) {}

  static async start(): Promise<CorePeer> {
    const peer = await KaspiPeer.start(() => 'reset');
    const core = new CorePeer(peer);
    peer.script = (request) => core.serve(request);
    return core;
  }

  get url(): string {
    return this.peer.url;
  }

  /** From now on connections are refused. */
  close(): Promise<void> {
    return this.peer.close();
  }

  open(): Promise<void> {
    return this.peer.open();
  }

  /** Forgets plans and calls; accounts and operations stay. */
  reset(): void {
    this.calls.length = 0;
    this.plans.clear();
  }

  /** Plans the replies to the next calls of this method. */
  plan(method: CoreMethod, ...replies: CorePlan[]): void {
    this.plans.set(method, [...(this.plans.get(method) ?? []), ...replies]);
  }

  /** Replaces the customer's accounts; the default balance is 1000.00. */
  has(customer: string, ...accounts: (Partial<CoreAccountItem> & { id: string })[]): void {
    const usual = { name: 'Зарплатный', currency: 'KZT', balance: '1000.00', status: 'OPEN' } as const;
    this.accounts.set(
      customer,
      accounts.map((account) => ({ ...usual, ...account })),
    );
  }

  /** The change of the account's balance since the start, in tiyn. */
  change(account: string): bigint {
    return this.tiyn.get(account) ?? 0n;
  }

  of(method: CoreMethod): CoreCall[] {
    return this.calls.filter((call) => call.method === method);
  }

  private async serve(request: Arrived): Promise<Reply> {
    const call = read(request);
    this.calls.push(call);
    const plan = this.plans.get(call.method)?.shift() ?? 'as it should';
    const reply = typeof plan === 'function' ? await plan(call) : plan;
    if (reply !== 'as it should' && reply !== 'lost') return reply;
    const answer = this.answer(request, call);
    return reply === 'lost' ? 'reset' : answer;
  }

  private answer({ path }: Arrived, { method, operationId, body }: CoreCall): Reply {
    if (method === 'accounts') {
      const accounts = this.accounts.get(decodeURIComponent(path.split('/')[3] ?? ''));
      return accounts === undefined ? { status: 404, json: {} } : { json: { accounts } };
    }
    const id = operationId ?? '';
    const earlier = this.movements.get(id)?.answer;
    if (earlier !== undefined) return { json: earlier };
    if (method === 'outcome') return { status: 404, json: { operationId, outcome: 'NEVER_SEEN' } };
    if (method === 'debit' && this.reversed.has(id)) return { json: refused(id, 'REVERSED_BEFORE') };
    if (body === null) return { status: 400, json: {} };
    const amount = BigInt(body.amount.replace('.', ''));
    if (method === 'debit') this.move(body.accountId, -amount);
    if (method === 'credit') this.move(body.accountId, amount);
    if (method === 'reversal') this.giveBack(body.debitId ?? '', body.accountId, amount);
    const answer = { operationId: id, outcome: 'DONE', coreReference: `core-${id}` } as const;
    this.movements.set(id, { kind: method, answer });
    return { json: answer };
  }

  /** Reverses a debit once; a debit that comes after its reversal is refused. */
  private giveBack(debitId: string, account: string, amount: bigint): void {
    if (this.reversed.has(debitId)) return;
    this.reversed.add(debitId);
    if (this.movements.get(debitId)?.kind === 'debit') this.move(account, amount);
  }

  private move(account: string, amount: bigint): void {
    this.tiyn.set(account, this.change(account) + amount);
  }
}

export function refused(operationId: string, reason: string) {
  return { operationId, outcome: 'REFUSED', reason } as const;
}

/** A plan to refuse the operation. */
export const refuses =
  (reason: string): CorePlan =>
  ({ operationId }) => ({ json: refused(operationId ?? '', reason) });

/** A plan that does nothing until it is released. */
export function held(then: CoreReply = 'as it should'): { plan: CorePlan; arrived: Promise<void>; release(): void } {
  let [release, arrive] = [() => {}, () => {}];
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const arrived = new Promise<void>((resolve) => {
    arrive = resolve;
  });
  const plan = async () => {
    arrive();
    await released;
    return then;
  };
  return { plan, arrived, release: () => release() };
}

const METHODS: Readonly<Record<string, CoreMethod>> = {
  customers: 'accounts',
  debits: 'debit',
  credits: 'credit',
  reversals: 'reversal',
  operations: 'outcome',
};

function read({ path, body }: Arrived): CoreCall {
  const [, , what = '', id = ''] = path.split('/');
  const method = METHODS[what];
  if (method === undefined) throw new Error(`the core has no path ${path}`);
  const sent = body === '' ? null : (JSON.parse(body) as CoreCall['body'] & { operationId: string });
  return { method, operationId: method === 'outcome' ? id : (sent?.operationId ?? null), body: sent };
}
