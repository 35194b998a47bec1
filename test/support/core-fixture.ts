import { Outbox } from '@mpp/outbox';
import { CorePeer } from './core-peer.js';
import { createDatabase, type TestDatabase } from './database.js';
import { happyKaspi, KaspiPeer } from './kaspi-peer.js';
import { startTestServer, type TestServer } from './mpp.js';
import { TestClock } from './test-clock.js';

const MINUTE = 60_000;

/** A retry is due after so much time. */
export const NEXT_REPEAT_MS = 1000;
/** Longer than any lease of a debit, a reversal, a credit or a notify. */
export const LEASE_OVER_MS = 20_000;

const SETTINGS = {
  BACKGROUND_WORK: 'off',
  CONFIRM_WAIT_MS: '0',
  CORE_BANKING_RETRY_BASE_MS: String(NEXT_REPEAT_MS),
  CORE_BANKING_RETRY_MAX_MS: String(NEXT_REPEAT_MS),
  NOTIFY_RETRY_BASE_MS: String(NEXT_REPEAT_MS),
  NOTIFY_RETRY_MAX_MS: String(NEXT_REPEAT_MS),
  REFUND_RETRY_BASE_MS: String(NEXT_REPEAT_MS),
  REFUND_RETRY_MAX_MS: String(NEXT_REPEAT_MS),
  CORE_BANKING_CONCURRENCY: '4',
  NOTIFY_CONCURRENCY: '4',
  REFUND_CONCURRENCY: '4',
};

/**
 * One or several servers with a real database, a scripted PS and bank's core, and a clock that only the test moves. Background
 * work is off: nothing is repeated unless the test calls for it.
 */
export class CoreFixture {
  readonly clock = new TestClock();
  readonly servers: TestServer[] = [];
  private customers = 0;
  private purchases = 0;

  private constructor(
    readonly database: TestDatabase,
    readonly kaspi: KaspiPeer,
    readonly core: CorePeer,
  ) {}

  static async start(env: Record<string, string> = {}): Promise<CoreFixture> {
    const fixture = new CoreFixture(await createDatabase(), await KaspiPeer.start(), await CorePeer.start());
    await fixture.startServer(env);
    return fixture;
  }

  /** Starts one more server on the same database. */
  async startServer(env: Record<string, string> = {}): Promise<TestServer> {
    const addresses = {
      DATABASE_URL: this.database.url,
      KASPI_BASE_URL: this.kaspi.url,
      CORE_BANKING_URL: this.core.url,
    };
    const server = await startTestServer({ ...SETTINGS, ...addresses, ...env }, this.clock);
    this.servers.push(server);
    return server;
  }

  async stop(): Promise<void> {
    for (const server of this.servers) await server.stop();
    await this.core.close();
    await this.kaspi.close();
    await this.database.drop();
  }

  get server(): TestServer {
    return this.servers[0] as TestServer;
  }

  /** Forgets the plans and calls of the last test. */
  reset(): void {
    this.core.reset();
    this.kaspi.arrived.length = 0;
    this.kaspi.script = happyKaspi();
  }

  outbox(server = this.server): Outbox {
    return server.app.get(Outbox, { strict: false });
  }

  /** Waits until everything that is due or under way, and what follows from it, is done. */
  async quiet(server = this.server): Promise<void> {
    for (;;) {
      await this.outbox(server).drainOnce();
      const busy = await this.database.query(
        'select 1 from outbox_messages where lease is not null or next_attempt_at <= $1 limit 1',
        [this.clock.now()],
      );
      if (busy.length === 0) return;
    }
  }

  /** Makes the next retries due and does them. */
  async repeat(server = this.server): Promise<void> {
    this.clock.advance(NEXT_REPEAT_MS);
    await this.quiet(server);
  }

  /** A customer with an account at the bank. */
  async customer() {
    const id = `8008${String(++this.customers).padStart(8, '0')}`;
    const account = `KZ-${id}`;
    this.core.has(id, { id: account });
    return { id, account, ...(await this.server.mpp.as(id)) };
  }

  /** The customer scans a purchase whose deadline is so far away. Returns the payment's id. */
  async scanned(customer: Customer, withinMs = MINUTE, qrCode = `core-${++this.purchases}`): Promise<string> {
    const confirmUntil = new Date(this.clock.now().getTime() + withinMs).toISOString();
    const happy = happyKaspi({ confirmUntil });
    const { script } = this.kaspi;
    this.kaspi.script = happy;
    const { body } = await customer.scan(qrCode);
    this.kaspi.script = script;
    return body.payment.id;
  }

  /** The customer scans and confirms; the debit at the core is under way. */
  async debiting(customer: Customer, withinMs = MINUTE): Promise<string> {
    const id = await this.scanned(customer, withinMs);
    const { body } = await customer.confirm(id);
    if (body.status !== 'DEBITING') throw new Error(`the payment is ${body.status}`);
    return id;
  }

  async row(id: string): Promise<Record<string, unknown>> {
    const [row] = await this.database.query('select * from qr_payments where id = $1', [id]);
    if (row === undefined) throw new Error(`payment ${id} does not exist`);
    return row;
  }

  async status(id: string): Promise<string> {
    return (await this.row(id)).status as string;
  }

  /** The purposes of the journal entries of a payment or refund, in order. */
  async journal(reference: string): Promise<string[]> {
    const entries = await this.database.query('select purpose from ledger_entries where reference = $1 order by id', [
      reference,
    ]);
    return entries.map(({ purpose }) => purpose as string);
  }

  /** The result codes of all notifies of the payment that reached the PS. */
  notifyResults(id: string): string[] {
    return this.kaspi
      .of('notifyPayment')
      .map(({ body }) => JSON.parse(body) as { result: { resultCode: string }; payment: { mppPaymentId: string } })
      .filter(({ payment }) => payment.mppPaymentId === id)
      .map(({ result }) => result.resultCode);
  }

  /** The recorded operations at the core for a payment or refund, with their states. */
  async operations(subject: string): Promise<string[]> {
    const operations = await this.database.query(
      'select kind, state from core_operations where subject = $1 order by requested_at, kind, ordinal',
      [subject],
    );
    return operations.map(({ kind, state }) => `${kind} ${state}`);
  }

  async alerts(subject: string): Promise<string[]> {
    const alerts = await this.database.query('select kind from alerts where subject = $1 order by id', [subject]);
    return alerts.map(({ kind }) => kind as string);
  }

  async messages(key: string): Promise<Record<string, unknown>[]> {
    return this.database.query('select * from outbox_messages where key = $1 order by created_at, topic', [key]);
  }

  /** The methods of all calls to the core since the test began. */
  coreCalls(): string[] {
    return this.core.calls.map(({ method }) => method);
  }
}

export type Customer = Awaited<ReturnType<CoreFixture['customer']>>;
