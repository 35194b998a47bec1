import { setTimeout as pause } from 'node:timers/promises';
import { expect } from '@jest/globals';
import { Outbox } from '@mpp/outbox';
import { Expiry } from '@mpp/qr-payments';
import type { RunningSimulator } from '../../apps/kaspi-simulator/start.js';
import { isFinal, type PaymentStatus } from '../../libs/qr-payments/domain/transitions.js';
import type { TestDatabase } from '../support/database.js';
import { type Answer, Mpp, type TestServer } from '../support/mpp.js';
import type { TestClock } from '../support/test-clock.js';
import { Books, type Expected, isPaid, leadsTo, tiyn } from './books.js';
import type { KaspiLine } from './kaspi-line.js';

const MINUTE = 60_000;
const SUPERSEDED = 'somebody else has paid the purchase';
/** An attempt that is stuck is a bug; a slow machine is none. */
const ENDS_WITHIN_MS = 20_000;
const BALANCE_EVERY = 10;

/** What all runs share. */
export interface World {
  readonly servers: readonly [TestServer, TestServer];
  readonly simulator: RunningSimulator;
  readonly line: KaspiLine;
  readonly database: TestDatabase;
  readonly clock: TestClock;
  /** How often what happened, over all runs. */
  readonly tally: Map<string, number>;
}

/** A call to the PS, as a server has it on record. */
export interface ExchangeRow {
  readonly payment_id: string;
  readonly request_id: string;
  readonly attempt: number;
  readonly request: string;
  readonly outcome: 'ANSWERED' | 'NOT_SENT' | 'UNKNOWN' | null;
  readonly result_code: string | null;
  /** The answer, or why there was none. */
  readonly answer: string | null;
  readonly finished_at: Date | null;
}

/** What came of a scan or a checkout at the PS. */
export interface Question {
  /** Null: no answer. */
  readonly code: string | null;
  /** The body as it was sent. */
  readonly answer: string | null;
}

type Caller = Awaited<ReturnType<Mpp['as']>>;

/** One run: two customers at two servers, one PS, and books that say what must become of it. */
export class Run {
  readonly books = new Books();
  /** That shops have made. */
  readonly qrCodes: string[] = [];
  /** What was done and answered: what a counterexample comes down to. */
  readonly story: string[] = [];
  private readonly customers: readonly [string, string];
  private readonly accounts: string[] = [];
  private readonly mpps: readonly [Mpp, Mpp];
  private readonly absorbed = new Set<string>();
  private readonly seen = new Map<string, PaymentStatus>();
  /** Purchases that were paid before the present step. */
  private paidBefore: ReadonlySet<string> = new Set();
  private deposits = 0;
  private comparisons = 0;
  /** So many steps, the present one included. */
  private cutFor = 0;

  constructor(
    number: number,
    readonly world: World,
  ) {
    this.customers = [`A${number}`, `B${number}`];
    this.mpps = [new Mpp(world.servers[0].publicUrl), new Mpp(world.servers[1].publicUrl)];
  }

  /** At a whole minute, with nothing left of the run before. */
  async begin(): Promise<void> {
    const { clock, line, simulator, database } = this.world;
    simulator.faults.clear();
    await line.mend();
    await database.query('delete from outbox_messages');
    await Promise.all([this.drain(0), this.drain(1)]);
    line.forget();
    clock.advance(MINUTE - (this.now % MINUTE));
    for (const [index, customer] of this.customers.entries()) {
      this.accounts.push(await this.mpp(0).open(customer, '0.00'));
      await this.deposit(index, '400.00', false);
      // Who has a token is not held up by asking for one.
      await Promise.all([this.as(index, 0), this.as(index, 1)]);
    }
  }

  get now(): number {
    return this.world.clock.now().getTime();
  }

  count(what: string): void {
    this.world.tally.set(what, (this.world.tally.get(what) ?? 0) + 1);
  }

  tell(what: string, answer: Answer<unknown>): void {
    const { code, payment = answer.body } = answer.body as { code?: string; payment?: unknown };
    const short = `${answer.status} ${code ?? (payment as { status?: string }).status ?? ''}`.trim();
    this.story.push(`    ${what}: ${short}`);
    this.count(`${what.replace(/#\d+/, 'a payment')}: ${short}`);
  }

  mpp(at: number): Mpp {
    return this.mpps[at === 0 ? 0 : 1];
  }

  as(customer: number, at: number): Promise<Caller> {
    return this.mpp(at).as(this.customers[customer === 0 ? 0 : 1]);
  }

  async drain(at: number): Promise<void> {
    await this.server(at).app.get(Outbox).drainOnce();
  }

  async expireDue(at: number): Promise<void> {
    await this.server(at).app.get(Expiry).expireDue();
  }

  private server(at: number): TestServer {
    return this.world.servers[at === 0 ? 0 : 1];
  }

  async newQr(order: object): Promise<string> {
    const qrCode = await this.world.line.newQr(order);
    this.qrCodes.push(qrCode);
    return qrCode;
  }

  /** Told to both servers, it counts once. */
  async deposit(customer: number, amount: string, toBoth: boolean): Promise<void> {
    const body = { amount, reference: `run-${++this.deposits}` };
    const path = `/ops/v1/accounts/${this.accounts[customer]}/deposits`;
    for (const mpp of toBoth ? this.mpps : [this.mpp(0)]) {
      const { status } = await mpp.call('POST', path, { token: await mpp.teamToken('accounting'), body });
      expect(status).toBe(200);
    }
    this.books.deposited[customer === 0 ? 0 : 1] += tiyn(amount);
  }

  async cutLine(steps: number): Promise<void> {
    this.cutFor = steps + 1;
    await this.world.line.cut();
  }

  /** A step begins. */
  begins(words: string): void {
    this.story.push(words);
    this.paidBefore = new Set(this.books.payments.flatMap((p) => (p.debitedAt === null ? [] : [p.purchase])));
  }

  /** A step is over. */
  async stepped(): Promise<void> {
    if (this.cutFor > 0 && --this.cutFor === 0) await this.world.line.mend();
  }

  /** What a call of ours is answered, and what came of the question to the PS that it led to, if it did. */
  async asking<A>(call: () => Promise<A>): Promise<{ answer: A; question: Question | null }> {
    const { line, database } = this.world;
    const from = line.calls.length;
    const answer = await call();
    const asked = line.calls.slice(from).findLast(({ method }) => method !== 'notifyPayment');
    if (asked === undefined) return { answer, question: null };
    const rows = await database.query<ExchangeRow>(
      'select * from kaspi_exchanges where request_id = $1 order by attempt',
      [asked.requestId],
    );
    expect(rows.length).toBeLessThanOrEqual(2);
    for (const row of rows) this.isAsItWasSaid(row);
    return { answer, question: { code: rows.at(-1)?.result_code ?? null, answer: asked.answer } };
  }

  /** The answer is what the books say, to the status and the amount. */
  check(answer: Answer<unknown>, expected: Expected): void {
    if (this.matches(answer, expected, false)) return;
    const words = JSON.stringify(expected, (_, value) => (typeof value === 'bigint' ? `${value} tiyn` : value));
    throw new Error(`the answer is ${answer.status} ${JSON.stringify(answer.body)}, and not ${words}`);
  }

  /** `movesOn`: the payment may be further than the books say. */
  matches({ status, body }: Answer<unknown>, expected: Expected, movesOn: boolean): boolean {
    const { code, kaspiResultCode, payment = body } = body as Problem & { payment?: unknown };
    const ofProblem =
      status === expected.http && code === expected.code && kaspiResultCode === expected.kaspiResultCode;
    if (expected.status === undefined || status >= 400) return ofProblem;
    const { status: shown, amount } = payment as { status: PaymentStatus; amount: string | null };
    if ((amount === null ? null : tiyn(amount)) !== expected.amount) return false;
    if (!movesOn) return status === expected.http && shown === expected.status;
    return leadsTo(expected.status, shown) && (status === expected.http || (status === 200 && isFinal(shown)));
  }

  /** Everything is as the books say, once nothing is under way any more. */
  async settled(): Promise<void> {
    await this.idle();
    await this.absorb();
    const at = ++this.comparisons % 2;
    await Promise.all([this.compare(0, at), this.compare(1, at)]);
    if (this.comparisons % BALANCE_EVERY === 0) await this.isBalanced();
  }

  /** No attempt is under way, nor anything claimed that one is to be made of; `butFor` one payment. */
  async idle(butFor?: string): Promise<void> {
    const ids = this.books.payments.flatMap(({ id, told }) => (told === null || id === butFor ? [] : [id]));
    const deadline = Date.now() + ENDS_WITHIN_MS;
    for (;;) {
      const busy = await this.world.database.query(
        `select 1 from outbox_messages where lease is not null and key = any($1::text[])
         union all select 1 from kaspi_exchanges
         where payment_id = any($1::uuid[]) and method = 'notifyPayment' and outcome is null`,
        [ids],
      );
      if (busy.length === 0) return;
      if (Date.now() > deadline) throw new Error('an attempt neither ends nor gives its claim back');
      await pause(2);
    }
  }

  /**
   * Tells the books what the PS said. What a server has on record of it must be what it did say; only that nothing came
   * is the server's to know.
   */
  async absorb(): Promise<void> {
    const ids = this.books.payments.flatMap(({ id, told }) => (told === null ? [] : [id]));
    const rows = ids.length === 0 ? [] : await this.notifies(ids);
    for (const row of rows) {
      const { request_id, attempt, outcome, result_code, finished_at } = row;
      if (outcome === null || finished_at === null || this.absorbed.has(`${request_id} ${attempt}`)) continue;
      this.absorbed.add(`${request_id} ${attempt}`);
      this.isAsItWasSaid(row);
      const mayHaveArrivedBefore = rows.some(
        (other) => other.request_id === request_id && other.attempt < attempt && other.outcome !== 'NOT_SENT',
      );
      const superseded = outcome === 'NOT_SENT' && row.answer === SUPERSEDED;
      const payment = this.books.get(row.payment_id);
      const { number, told, purchase } = payment;
      if (superseded && (told === 'SUCCESS' || !this.books.isPaidByAnother(payment)))
        throw new Error(`#${number} is not told, and nobody else has paid`);
      if (told !== 'SUCCESS' && outcome !== 'NOT_SENT' && this.paidBefore.has(purchase))
        throw new Error(`#${number} tells that there is no purchase, and somebody else has paid it`);
      this.books.heard(
        row.payment_id,
        { attempt, code: result_code, mayHaveArrivedBefore, superseded },
        finished_at.getTime(),
      );
      const { status } = payment;
      this.story.push(
        `    attempt ${attempt} to tell of #${number}: ${result_code ?? (superseded ? 'superseded' : outcome)}, so it is ${status}`,
      );
      this.count(`notifyPayment: ${result_code ?? (superseded ? 'superseded' : outcome)}`);
    }
  }

  notifies(ids: readonly string[]): Promise<ExchangeRow[]> {
    return this.world.database.query(
      `select * from kaspi_exchanges where method = 'notifyPayment' and payment_id = any($1)
       order by payment_id, attempt`,
      [ids],
    );
  }

  /** What the PS is to be told of payments. */
  tells(ids: readonly string[]): Promise<{ id: string; told: string | null }[]> {
    return this.world.database.query('select id, notify_result as told from qr_payments where id = any($1)', [ids]);
  }

  async isBalanced(): Promise<void> {
    expect(await this.mpp(0).trialBalance()).toMatchObject({ balanced: true });
    const debitedTwice = await this.world.database.query(
      'select kaspi_payment_id from qr_payments where debited_at is not null group by 1 having count(*) > 1',
    );
    expect(debitedTwice).toEqual([]);
  }

  private isAsItWasSaid({ request_id, outcome, result_code }: ExchangeRow): void {
    if (outcome !== 'ANSWERED') return;
    const said = this.world.line.calls.filter(({ requestId }) => requestId === request_id);
    expect(said.map(({ code }) => code)).toContain(result_code);
  }

  private async compare(customer: number, at: number): Promise<void> {
    const caller = await this.as(customer, at);
    const [{ body }, balance] = await Promise.all([caller.payments('?limit=200'), caller.balance()]);
    const shown = body.items.map((p) => ({
      ...{ id: p.id, status: p.status as PaymentStatus, amount: p.amount === null ? null : tiyn(p.amount) },
      hasReceipt: p.receipt !== null,
    }));
    const known = this.books.payments.filter((p) => p.customer === customer);
    const expected = known.map(({ id, status, amount, hasReceipt }) => ({ id, status, amount, hasReceipt }));
    expect(shown.sort(byId)).toEqual(expected.sort(byId));
    for (const { id, status } of shown) this.sees(id, status);
    const spent = shown.filter(isPaid).reduce((sum, { amount }) => sum + (amount ?? 0n), 0n);
    expect(tiyn(balance ?? '')).toBe((this.books.deposited[customer] ?? 0n) - spent);
  }

  private sees(id: string, status: PaymentStatus): void {
    const before = this.seen.get(id) ?? status;
    if (!leadsTo(before, status)) throw new Error(`${id} went from ${before} to ${status}`);
    this.seen.set(id, status);
  }
}

interface Problem {
  readonly code?: string;
  readonly kaspiResultCode?: string;
}

function byId(one: { readonly id: string }, other: { readonly id: string }): number {
  return one.id < other.id ? -1 : 1;
}
