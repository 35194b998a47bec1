import { randomUUID } from 'node:crypto';
import { expect } from '@jest/globals';
import { createDatabase, type TestDatabase } from './database.js';
import { happyKaspi, KaspiPeer } from './kaspi-peer.js';
import { type Answer, Mpp, startTestServer, type TestServer } from './mpp.js';
import { PsRefunds } from './ps-refunds.js';
import { TestClock } from './test-clock.js';
import { until } from './until.js';

export const HOUR_MS = 3_600_000;

export interface SettledDayBody extends Record<string, unknown> {
  date: string;
  owed: string;
  agrees: boolean | null;
  settled: string;
  outstanding: string;
  settlements: { reference: string; amount: string; standing: string }[];
  detail?: string;
}

export interface Purchase {
  readonly customerId: string;
  readonly paymentId: string;
}

/** Two servers on one database with payments and refunds of real requests; each test begins a new business day. */
export class SettlementsFixture {
  mpp: Mpp;
  /** The business day of the test, without operations of earlier tests. */
  today = '';
  private purchases = 0;

  private constructor(
    readonly clock: TestClock,
    readonly database: TestDatabase,
    readonly kaspi: KaspiPeer,
    readonly servers: readonly [TestServer, TestServer],
  ) {
    this.mpp = new Mpp(servers[0].publicUrl);
  }

  static async start(): Promise<SettlementsFixture> {
    const clock = new TestClock(new Date('2026-03-01T06:00:00Z'));
    const database = await createDatabase();
    const kaspi = await KaspiPeer.start();
    const env = { DATABASE_URL: database.url, KASPI_BASE_URL: kaspi.url };
    const servers = await Promise.all([startTestServer(env, clock), startTestServer(env, clock)]);
    return new SettlementsFixture(clock, database, kaspi, servers);
  }

  async stop(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.stop()));
    await this.kaspi.close();
    await this.database.drop();
  }

  beginNextDay(): void {
    this.kaspi.script = happyKaspi({ confirmUntil: null });
    this.clock.advance(24 * HOUR_MS);
    this.today = this.clock.now().toISOString().slice(0, 10);
    this.renewTokens();
  }

  /** Tokens expire within a day. */
  renewTokens(): void {
    this.mpp = new Mpp(this.servers[0].publicUrl);
  }

  /** A new customer pays the amount now. */
  async buy(amount: string, status = 'CONFIRMED'): Promise<Purchase> {
    const customer = await this.mpp.customer('100000.00');
    const qrCode = `static-${++this.purchases}`;
    const { id } = (await customer.scan(qrCode)).body.payment;
    expect((await customer.confirm(id, { amount })).body.status).toBe(status);
    return { customerId: customer.id, paymentId: `ps-${qrCode}` };
  }

  /** The shop refunds the amount now; returns when it is credited. */
  async refund({ customerId, paymentId }: Purchase, refundAmount: string): Promise<void> {
    const refundId = `Ref${randomUUID()}`;
    const { result } = await new PsRefunds(`${this.servers[0].kaspiUrl}/refund`).refund({
      ...{ customerId, paymentId, refundId, refundAmount },
    });
    expect(result?.resultCode).toBe('SUCCESS');
    const status = () =>
      this.database.query<{ status: string }>('select status from refunds where refund_id = $1', [refundId]);
    await until('the credit', status, ([refund]) => refund?.status === 'CREDITED');
  }

  async callSettlements(
    method: string,
    path: string,
    body?: object,
    caller = this.mpp,
  ): Promise<Answer<SettledDayBody>> {
    const token = await caller.teamToken('accounting');
    return caller.call(method, `/ops/v1/settlements${path}`, { token, ...(body && { body }) });
  }

  async settle(amount: string, reference = `bank-${randomUUID()}`, day = this.today): Promise<Answer<SettledDayBody>> {
    return this.callSettlements('POST', `/${day}`, { amount, reference });
  }

  async readDay(day = this.today): Promise<SettledDayBody> {
    return (await this.callSettlements('GET', `/${day}`)).body;
  }

  /** The balances between Kaspi and us, each positive on its usual side. */
  async balances(): Promise<Record<string, string>> {
    const { balanced, lines } = await this.mpp.trialBalance();
    expect(balanced).toBe(true);
    const balanceOf = (kind: string) => {
      const { debit = '0.00', credit = '0.00' } = lines.find(({ account }) => account === kind) ?? {};
      return debit === '0.00' ? credit : `-${debit}`;
    };
    return {
      payable: balanceOf('PAYABLE_TO_KASPI'),
      receivable: balanceOf('RECEIVABLE_FROM_KASPI'),
      bank: balanceOf('BANK'),
      differences: balanceOf('DIFFERENCES'),
    };
  }

  async entriesUnder(reference: string): Promise<unknown[]> {
    return this.database.query(
      `select purpose, debit_account_id as debit, credit_account_id as credit, amount::text
       from ledger_entries where reference = $1 order by purpose`,
      [reference],
    );
  }

  /** For the end of a file whose tests settle each date. */
  async expectNothingOutstanding(): Promise<void> {
    const { body } = await this.callSettlements('GET', `?from=2026-03-01&to=${this.today}`);
    const open = (body.items as SettledDayBody[]).filter(({ outstanding }) => outstanding !== '0.00');
    expect(open).toEqual([]);
    expect(await this.balances()).toMatchObject({ payable: '0.00', receivable: '0.00' });
  }
}
