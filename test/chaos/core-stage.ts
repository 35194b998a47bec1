import { setTimeout as pause } from 'node:timers/promises';
import { expect } from '@jest/globals';
import { type FaultPlan, type RunningSimulator, startSimulator } from '../../apps/kaspi-simulator/start.js';
import { disagreements } from '../support/agreement.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import type { Mpp } from '../support/mpp.js';
import { ServerProcess } from '../support/server-process.js';
import { until } from '../support/until.js';
import { type Lost, SilencingProxy } from './silencing-proxy.js';

/** Nothing is repeated and nothing times out until the server is killed. */
const PATIENT = {
  BACKGROUND_WORK: 'off',
  CONFIRM_WAIT_MS: '0',
  CONFIRM_MARGIN_MS: '0',
  KASPI_TIMEOUT_MS: '60000',
  CORE_BANKING_TIMEOUT_MS: '60000',
  DATABASE_POOL_SIZE: '30',
};
const EAGER = {
  CONFIRM_WAIT_MS: '20000',
  OUTBOX_POLL_MS: '30',
  ...{ CORE_BANKING_RETRY_BASE_MS: '20', CORE_BANKING_RETRY_MAX_MS: '50', CORE_BANKING_TIMEOUT_MS: '5000' },
  ...{ NOTIFY_RETRY_BASE_MS: '20', NOTIFY_RETRY_MAX_MS: '50' },
  ...{ REFUND_RETRY_BASE_MS: '20', REFUND_RETRY_MAX_MS: '50' },
};
const PAID_IN = '1000.00';

/** A customer with 1000.00 at the bank and a payment of 100.00. */
export interface Paying {
  readonly customer: string;
  readonly account: string;
  readonly payment: string;
  readonly purchase: string;
}

/** The state of a payment and of its refunds in all records. */
export interface Outcome {
  readonly status: string | undefined;
  readonly balance: string | undefined;
  /** The movements at the core, the oldest first. */
  readonly moved: readonly string[];
  readonly journal: readonly string[];
}

type Statements = (string | string[])[];

/** A database, a PS, a bank's core, a server that will be killed, and the server that is started afterwards. */
export class CoreStage {
  private readonly customers: string[] = [];
  private readonly paidIn = new Map<string, bigint>();
  /** No server is started before this moment. */
  private notBefore = 0;

  private constructor(
    readonly database: TestDatabase,
    readonly simulator: RunningSimulator,
    private readonly proxy: SilencingProxy,
    private server: ServerProcess,
  ) {}

  /** `env` replaces settings of the server that will be killed. */
  static async open(env: Record<string, string> = {}): Promise<CoreStage> {
    const database = await createDatabase();
    const proxy = await SilencingProxy.start(database.url);
    let stage: CoreStage | undefined;
    const refundUrl = () => `${stage?.server.kaspiUrl}/refund`;
    const simulator = await startSimulator({ port: 0, storeFile: null, refundUrl });
    const urls = { DATABASE_URL: proxy.url, KASPI_BASE_URL: simulator.url, CORE_BANKING_URL: simulator.core.url };
    stage = new CoreStage(database, simulator, proxy, await ServerProcess.start({ ...urls, ...PATIENT, ...env }));
    return stage;
  }

  /** When the next server starts, the killed server's leases and the deadlines of brief purchases have passed. */
  async killAndRestart(): Promise<void> {
    await this.server.kill();
    this.simulator.faults.clear();
    await pause(Math.max(0, this.notBefore - Date.now()));
    await this.database.query('update outbox_messages set next_attempt_at = created_at');
    const { url, core } = this.simulator;
    const urls = { DATABASE_URL: this.database.url, KASPI_BASE_URL: url, CORE_BANKING_URL: core.url };
    this.server = await ServerProcess.start({ ...urls, ...EAGER });
  }

  async close(): Promise<void> {
    await this.server.kill();
    await this.proxy.close();
    await this.simulator.stop();
    await this.database.drop();
  }

  get mpp(): Mpp {
    return this.server.mpp;
  }

  /** A new customer has scanned a purchase that expires after so many seconds. */
  async scanned(lifetimeSeconds = 600): Promise<Paying> {
    const customer = `8008${String(this.customers.length + 1).padStart(8, '0')}`;
    this.customers.push(customer);
    const order = { customerId: customer, name: 'Счёт', balance: PAID_IN, preferred: true };
    const { id: account } = this.simulator.core.openAccount(order);
    this.paidIn.set(account, 100_000n);
    const body = JSON.stringify({ type: 'Dynamic', amount: '100.00', lifetimeSeconds });
    const made = await fetch(`${this.simulator.url}/pos/qr`, { method: 'POST', body });
    const { qrCode, paymentId: purchase, canConfirmUntil } = (await made.json()) as Record<string, string>;
    const scanned = await (await this.mpp.as(customer)).scan(qrCode ?? '');
    if (lifetimeSeconds < 60) this.notBefore = Date.parse(canConfirmUntil ?? '') + 10;
    return { customer, account, purchase: purchase ?? '', payment: scanned.body.payment.id };
  }

  /** One more account of the customer, without money. Returns the core's id. */
  secondAccount({ customer }: Paying): string {
    return this.simulator.core.openAccount({ customerId: customer, name: 'Второй', balance: '0.00' }).id;
  }

  balanceOf({ customer }: Paying, account: string): string | undefined {
    return this.simulator.core.accounts(customer).find(({ id }) => id === account)?.balance;
  }

  /** A new customer has paid. */
  async paid(): Promise<Paying> {
    const paying = await this.scanned();
    await this.confirm(paying);
    await this.untilStatus(paying, 'CONFIRMED');
    return paying;
  }

  /** The answer does not count: the server may be killed before it answers. */
  async confirm({ customer, payment }: Paying): Promise<void> {
    const app = await this.mpp.as(customer);
    await Promise.race([app.confirm(payment).catch(() => null), this.untilConfirmed(payment).catch(() => null)]);
  }

  /** The next call of each given method fails so. */
  fail(plan: FaultPlan): void {
    this.simulator.faults.set(plan);
  }

  /** See SilencingProxy. */
  silence(lost: Lost, ...statements: Statements): Promise<void> {
    return this.proxy.silence(lost, ...statements);
  }

  /** The shop refunds, and the PS's call is answered SUCCESS. Returns the PS's id and our id. */
  async refund({ purchase }: Paying, amount = '30.00'): Promise<{ refundId: string; id: string }> {
    const { refundId, resultCode } = await this.simulator.refund(purchase, amount);
    expect(resultCode).toBe('SUCCESS');
    const [row] = await this.database.query<{ id: string }>('select id from refunds where refund_id = $1', [refundId]);
    return { refundId, id: row?.id ?? '' };
  }

  /** Waits until the operation at the core is recorded and returns its id. */
  async operationAbout(subject: string, kind: 'DEBIT' | 'REVERSAL' | 'CREDIT'): Promise<string> {
    const rows = await until(
      `a recorded ${kind}`,
      () =>
        this.database.query<{ id: string }>('select id from core_operations where subject = $1 and kind = $2', [
          subject,
          kind,
        ]),
      ([row]) => row !== undefined,
    );
    return rows[0]?.id ?? '';
  }

  /** Waits until the core has carried out the operation. */
  untilMoved(paying: Paying, kind: string): Promise<unknown> {
    return until(
      `the core's ${kind}`,
      () => this.movedOf(paying),
      (moved) => moved.includes(kind),
    );
  }

  /** Waits until the planned fault has happened: the call is at the core and hangs there. */
  untilSpent(method: keyof FaultPlan): Promise<unknown> {
    return until(
      `${method} arrives`,
      () => this.simulator.faults.left()[method],
      (left) => left.length === 0,
    );
  }

  untilStatus({ payment }: Paying, status: string): Promise<unknown> {
    return until(
      status,
      () => this.statusOf(payment),
      (is) => is === status,
    );
  }

  untilRefund(id: string, status: string): Promise<unknown> {
    return until(
      `the refund ${status}`,
      () => this.database.query<{ status: string }>('select status from refunds where id = $1', [id]),
      ([row]) => row?.status === status,
    );
  }

  movedOf({ customer }: Paying): string[] {
    const operations = this.simulator.core.operations({ customerId: customer });
    return operations.flatMap(({ kind, moved }) => (moved ? [kind] : [])).reverse();
  }

  /** The present state of the payment and of its refunds. */
  async outcome(paying: Paying): Promise<Outcome> {
    const { payment, account } = paying;
    const balance = this.balanceOf(paying, account);
    const journal = await this.database.query<{ purpose: string }>(
      `select purpose from ledger_entries where reference = $1
         or reference in (select id::text from refunds where payment_id = $2) order by id`,
      [payment, payment],
    );
    return {
      status: await this.statusOf(payment),
      balance,
      moved: this.movedOf(paying),
      journal: journal.map(({ purpose }) => purpose),
    };
  }

  /** Waits until the core, the PS and our journal agree, and nothing is under way. */
  async untilAllAgree(): Promise<void> {
    const { database, simulator, customers, paidIn } = this;
    await until(
      'agreement',
      () => disagreements({ database, simulator, customers, paidIn }),
      (found) => found.length === 0,
    );
    expect(await database.query('select topic, key from outbox_messages')).toEqual([]);
    expect((await this.mpp.trialBalance()).balanced).toBe(true);
  }

  private async statusOf(payment: string): Promise<string | undefined> {
    const [row] = await this.database.query<{ status: string }>('select status from qr_payments where id = $1', [
      payment,
    ]);
    return row?.status;
  }

  /** Waits until the confirm is stored. */
  private untilConfirmed(payment: string): Promise<unknown> {
    return until(
      'DEBITING',
      () => this.statusOf(payment),
      (status) => status !== undefined && !status.startsWith('AWAITING'),
    );
  }
}
