import { setTimeout as pause } from 'node:timers/promises';
import { expect } from '@jest/globals';
import { Outbox } from '@mpp/outbox';
import { Expiry } from '@mpp/qr-payments';
import type { CoreOperationView, RunningSimulator } from '../../apps/kaspi-simulator/start.js';
import { isFinal, type PaymentStatus } from '../../libs/qr-payments/domain/transitions.js';
import type { TestDatabase } from '../support/database.js';
import { type Answer, Mpp, type TestServer } from '../support/mpp.js';
import { PsRefunds } from '../support/ps-refunds.js';
import type { TestClock } from '../support/test-clock.js';
import { Absorber, type ExchangeRow } from './absorb.js';
import { Accounts } from './accounts.js';
import { Books } from './books.js';
import { Comparison } from './compare.js';
import type { CoreLine } from './core-line.js';
import type { KaspiLine } from './kaspi-line.js';
import { type CoreKind, type Expected, isPaid, type KnownPayment, leadsTo, tiyn } from './known.js';

const MINUTE = 60_000;
/** An attempt that is stuck is a bug; a slow machine is none. */
const ENDS_WITHIN_MS = 20_000;

/** What all runs share. */
export interface World {
  readonly core: CoreKind;
  readonly servers: readonly [TestServer, TestServer];
  readonly simulator: RunningSimulator;
  readonly line: KaspiLine;
  /** To the bank's core, where there is one. */
  readonly coreLine: CoreLine;
  readonly database: TestDatabase;
  readonly clock: TestClock;
  /** Where the PS sends its refunds: a server, or nowhere. */
  refundsAt: 0 | 1 | null;
  /** How often what happened, over all runs. */
  readonly tally: Map<string, number>;
}

/** What came of a scan or a checkout at the PS. */
export interface Question {
  /** Null: no answer. */
  readonly code: string | null;
  /** The body as it was sent. */
  readonly answer: string | null;
}

type Caller = Awaited<ReturnType<Mpp['as']>>;

/** One run: two customers at two servers, one PS, one core, and books that say what must become of it. */
export class Run {
  readonly books: Books;
  readonly accounts: Accounts;
  /** That shops have made. */
  readonly qrCodes: string[] = [];
  /** What was done and answered: what a counterexample comes down to. */
  readonly story: string[] = [];
  /** By the servers' clock: all that was due then has been attempted. */
  drainedAt = 0;
  private readonly customers: readonly [string, string];
  private readonly mpps: readonly [Mpp, Mpp];
  private readonly absorber = new Absorber(this);
  private readonly comparison = new Comparison(this);
  /** That were paid before the present step, or may have been. */
  private paidBefore: ReadonlySet<string> = new Set();
  /** So many steps, the present one included. */
  private cutFor = 0;

  constructor(
    number: number,
    readonly world: World,
  ) {
    this.books = new Books(world.core);
    this.customers = [`A${number}`, `B${number}`];
    this.mpps = [new Mpp(world.servers[0].publicUrl), new Mpp(world.servers[1].publicUrl)];
    this.accounts = new Accounts(this);
  }

  /** At a whole minute, with nothing left of the run before. */
  async begin(): Promise<void> {
    const { clock, line, coreLine, simulator, database } = this.world;
    simulator.faults.clear();
    await line.mend();
    await database.query('delete from outbox_messages');
    await Promise.all([this.drain(0), this.drain(1)]);
    line.forget();
    coreLine.forget();
    clock.advance(MINUTE - (this.now % MINUTE));
    for (const customer of [0, 1]) {
      await this.accounts.open(customer);
      // Who has a token is not held up by asking for one.
      await Promise.all([this.as(customer, 0), this.as(customer, 1)]);
    }
  }

  get now(): number {
    return this.world.clock.now().getTime();
  }

  nameOf(customer: number): string {
    return this.customers[customer === 0 ? 0 : 1];
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
    return this.mpp(at).as(this.nameOf(customer));
  }

  /** The PS, calling one of the servers. */
  refundsAt(at: number): PsRefunds {
    return new PsRefunds(`${this.server(at).kaspiUrl}/refund`);
  }

  /** What is due now, and what follows at once. `holding`: something is held up, and may keep its claim. */
  async drain(at: number, holding?: string): Promise<void> {
    await this.server(at).app.get(Outbox).drainOnce();
    await this.idle(holding);
    if (holding === undefined) this.drainedAt = this.now;
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

  async cutLine(steps: number): Promise<void> {
    this.cutFor = steps + 1;
    await this.world.line.cut();
  }

  /** A step begins. */
  begins(words: string): void {
    this.story.push(words);
    this.paidBefore = new Set(this.books.payments.filter(isPaid).map(({ id }) => id));
  }

  /** All the time: before the present step, and still. */
  wasPaidByAnother(payment: KnownPayment): boolean {
    return this.books.othersOf(payment).some((other) => isPaid(other) && this.paidBefore.has(other.id));
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
    const rows = await database.query<ExchangeRow>('select * from kaspi_calls where request_id = $1 order by attempt', [
      asked.requestId,
    ]);
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
    await this.comparison.compare();
  }

  /** No attempt is under way, nor anything claimed that one is to be made of; `butFor` one payment or refund. */
  async idle(butFor?: string): Promise<void> {
    const ids = this.books.payments.flatMap(({ id }) => (id === butFor ? [] : [id]));
    const deadline = Date.now() + ENDS_WITHIN_MS;
    for (;;) {
      const busy = await this.world.database.query(
        `select 1 from outbox_messages where lease is not null and key is distinct from $2
         union all select 1 from kaspi_calls
         where payment_id = any($1::uuid[]) and method = 'notifyPayment' and outcome is null`,
        [ids, butFor ?? null],
      );
      if (busy.length === 0) return;
      if (Date.now() > deadline) throw new Error('an attempt neither ends nor gives its claim back');
      await pause(2);
    }
  }

  absorb(): Promise<void> {
    return this.absorber.absorb();
  }

  /** What is known by now of debits at the bank's core, for books that try what may have happened. */
  debitsKnown(books: Books): Promise<void> {
    return this.absorber.debits(books);
  }

  notifies(ids: readonly string[]): Promise<ExchangeRow[]> {
    return this.world.database.query(
      `select * from kaspi_calls where method = 'notifyPayment' and payment_id = any($1)
       order by payment_id, attempt`,
      [ids],
    );
  }

  /** What the PS is to be told of payments. */
  tells(ids: readonly string[]): Promise<{ id: string; told: string | null }[]> {
    return this.world.database.query('select id, notify_result as told from qr_payments where id = any($1)', [ids]);
  }

  /** The truth of the bank's core about these two customers. */
  coreOperations(): CoreOperationView[] {
    return this.customers.flatMap((customerId) => this.world.simulator.core.operations({ customerId }));
  }

  isBalanced(): Promise<void> {
    return this.comparison.isBalanced();
  }

  isAsItWasSaid({ request_id, outcome, result_code }: ExchangeRow): void {
    if (outcome !== 'ANSWERED') return;
    const said = this.world.line.calls.filter(({ requestId }) => requestId === request_id);
    expect(said.map(({ code }) => code)).toContain(result_code);
  }
}

interface Problem {
  readonly code?: string;
  readonly kaspiResultCode?: string;
}
