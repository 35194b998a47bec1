import { setTimeout as pause } from 'node:timers/promises';
import { expect } from '@jest/globals';
import { Outbox } from '@mpp/outbox';
import { Expiry } from '@mpp/qr-payments';
import type { CoreOperationView } from '../../apps/kaspi-simulator/start.js';
import { type Answer, Mpp, type TestServer } from '../support/mpp.js';
import { PsRefunds } from '../support/ps-refunds.js';
import { Accounts } from './accounts.js';
import { Clocks } from './clocks.js';
import { Comparison } from './comparison.js';
import { Model } from './model.js';
import { type CallRow, ModelUpdater } from './model-updates.js';
import type { QueryResult } from './queries.js';
import type { SystemUnderTest } from './system-under-test.js';

const MINUTE = 60_000;
/** Much longer than any attempt takes on a slow machine. */
const ENDS_WITHIN_MS = 60_000;

type Caller = Awaited<ReturnType<Mpp['as']>>;

/** One run: two customers at two servers, one PS, one core, and the model of what must follow. */
export class Run {
  readonly model: Model;
  readonly accounts: Accounts;
  readonly clocks = new Clocks(this);
  /** All QR codes that shops have created. */
  readonly qrCodes: string[] = [];
  /** The steps and their answers, shown with a counterexample. */
  readonly log: string[] = [];
  /** The servers' time at which everything due had been attempted. */
  drainedAt = 0;
  private readonly customers: readonly [string, string];
  private readonly mpps: readonly [Mpp, Mpp];
  private readonly updater = new ModelUpdater(this);
  private readonly comparison = new Comparison(this);
  /** For how many steps, the present one included, the connection stays cut. */
  private cutFor = 0;

  constructor(
    number: number,
    readonly system: SystemUnderTest,
  ) {
    this.model = new Model(system.core);
    this.customers = [`A${number}`, `B${number}`];
    this.mpps = [new Mpp(system.servers[0].publicUrl), new Mpp(system.servers[1].publicUrl)];
    this.accounts = new Accounts(this);
  }

  /** Starts at a whole minute, with no messages of the previous run. */
  async begin(): Promise<void> {
    const { clock, line, coreLine, simulator, database } = this.system;
    simulator.faults.clear();
    this.clocks.setRight();
    await line.restore();
    await database.query('delete from outbox_messages');
    await Promise.all([this.drain(0), this.drain(1)]);
    line.forget();
    coreLine.forget();
    clock.advance(MINUTE - (this.now % MINUTE));
    for (const customer of [0, 1]) {
      await this.accounts.open(customer);
      // Tokens are fetched now, so that they delay no step.
      await Promise.all([this.as(customer, 0), this.as(customer, 1)]);
    }
  }

  get now(): number {
    return this.system.clock.now().getTime();
  }

  nameOf(customer: number): string {
    return this.customers[customer === 0 ? 0 : 1];
  }

  count(what: string): void {
    this.system.tally.set(what, (this.system.tally.get(what) ?? 0) + 1);
  }

  logAnswer(what: string, answer: Answer<unknown>): void {
    const { code, payment = answer.body } = answer.body as { code?: string; payment?: unknown };
    const short = `${answer.status} ${code ?? (payment as { status?: string }).status ?? ''}`.trim();
    this.log.push(`    ${what}: ${short}`);
    this.count(`${what.replace(/#\d+/, 'a payment')}: ${short}`);
  }

  mpp(at: number): Mpp {
    return this.mpps[at === 0 ? 0 : 1];
  }

  as(customer: number, at: number): Promise<Caller> {
    return this.mpp(at).as(this.nameOf(customer));
  }

  /** The PS as a caller of one of the servers. */
  refundsAt(at: number): PsRefunds {
    return new PsRefunds(`${this.server(at).kaspiUrl}/refund`);
  }

  /**
   * Delivers what is due and what follows from it: nothing if the server's clock is wrong. `holding`: the key of a delayed call,
   * whose message may keep its lease.
   */
  async drain(at: number, holding?: string): Promise<void> {
    const right = this.clocks.isRight(at);
    const { claimed } = await this.server(at).app.get(Outbox).drainOnce();
    if (!right) {
      await this.clocks.expectIdle(at, claimed);
      return;
    }
    await this.idle(holding);
    if (holding === undefined) this.drainedAt = this.now;
  }

  /** Nothing expires by a wrong clock. The model is updated by the caller. */
  async expireDue(at: number): Promise<void> {
    const count = await this.server(at).app.get(Expiry).expireDue();
    if (!this.clocks.isRight(at)) expect(count).toBe(0);
  }

  server(at: number): TestServer {
    return this.system.servers[at === 0 ? 0 : 1];
  }

  async newQr(order: object): Promise<string> {
    const qrCode = await this.system.line.newQr(order);
    this.qrCodes.push(qrCode);
    return qrCode;
  }

  async cutLine(steps: number): Promise<void> {
    this.cutFor = steps + 1;
    await this.system.line.cut();
  }

  startStep(words: string): void {
    this.log.push(words);
  }

  async finishStep(): Promise<void> {
    if (this.cutFor > 0 && --this.cutFor === 0) await this.system.line.restore();
  }

  /** Makes a call. Returns its answer, and the result of the call to the PS that it has caused, if any. */
  async withQuery<A>(call: () => Promise<A>): Promise<{ answer: A; query: QueryResult | null }> {
    const { line, database } = this.system;
    const from = line.calls.length;
    const answer = await call();
    const sent = line.calls.slice(from).findLast(({ method }) => method !== 'notifyPayment');
    if (sent === undefined) return { answer, query: null };
    const rows = await database.query<CallRow>('select * from kaspi_calls where request_id = $1 order by attempt', [
      sent.requestId,
    ]);
    expect(rows.length).toBeLessThanOrEqual(2);
    for (const row of rows) this.expectAsAnswered(row);
    return { answer, query: { code: rows.at(-1)?.result_code ?? null, answer: sent.answer } };
  }

  /** Waits until nothing is under way and compares everything with the model. */
  async settled(): Promise<void> {
    await this.idle();
    await this.updateModel();
    await this.comparison.compare();
  }

  /** Waits until no attempt is under way and no message is leased, except those of `butFor`. */
  async idle(butFor?: string): Promise<void> {
    const ids = this.model.payments.flatMap(({ id }) => (id === butFor ? [] : [id]));
    const deadline = Date.now() + ENDS_WITHIN_MS;
    for (;;) {
      const busy = await this.system.database.query(
        `select 1 from outbox_messages where lease is not null and key is distinct from $2
         union all select 1 from kaspi_calls
         where payment_id = any($1::uuid[]) and method = 'notifyPayment' and outcome is null
           and request_id || ' ' || attempt <> all($3)`,
        [ids, butFor ?? null, this.clocks.lostAttempts],
      );
      if (busy.length === 0) return;
      if (Date.now() > deadline) throw new Error('an attempt neither ends nor gives its lease back');
      await pause(2);
    }
  }

  updateModel(): Promise<void> {
    return this.updater.updateModel();
  }

  /** Updates a copy of the model with the debits at the bank's core that have ended. */
  updateDebits(model: Model): Promise<void> {
    return this.updater.debits(model);
  }

  notifies(ids: readonly string[]): Promise<CallRow[]> {
    const calls = `select * from kaspi_calls where method = 'notifyPayment' and payment_id = any($1) order by payment_id, attempt`;
    return this.system.database.query(calls, [ids]);
  }

  /** The results that the PS is notified of. */
  notifyCodesOf(ids: readonly string[]): Promise<{ id: string; notified: string | null }[]> {
    return this.system.database.query('select id, notify_result as notified from qr_payments where id = any($1)', [
      ids,
    ]);
  }

  /** The operations of these two customers in the core's records. */
  coreOperations(): CoreOperationView[] {
    return this.customers.flatMap((customerId) => this.system.simulator.core.operations({ customerId }));
  }

  isBalanced(): Promise<void> {
    return this.comparison.isBalanced();
  }

  expectAsAnswered({ request_id, outcome, result_code }: CallRow): void {
    if (outcome !== 'ANSWERED') return;
    const calls = this.system.line.calls.filter(({ requestId }) => requestId === request_id);
    expect(calls.map(({ code }) => code)).toContain(result_code);
  }
}
