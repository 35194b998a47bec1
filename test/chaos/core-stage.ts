import { setTimeout as pause } from 'node:timers/promises';
import { expect } from '@jest/globals';
import { type FaultPlan, type RunningSimulator, startSimulator } from '../../apps/kaspi-simulator/start.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import type { Mpp } from '../support/mpp.js';
import { ServerProcess } from '../support/server-process.js';
import { disagreements } from '../support/truths.js';
import { until } from '../support/until.js';
import { type Lost, SilencingProxy } from './silencing-proxy.js';

/** Nothing is repeated or times out while a server waits for its end, but what a test has repeated. */
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

/** Somebody who has 1000.00 at the bank, and pays 100.00 of it. */
export interface Paying {
  readonly customer: string;
  readonly account: string;
  readonly payment: string;
  readonly purchase: string;
}

/** What became of it. */
export interface Outcome {
  readonly status: string | undefined;
  readonly balance: string | undefined;
  /** What the core has moved, the oldest first. */
  readonly moved: readonly string[];
  readonly journal: readonly string[];
}

type Statements = (string | string[])[];

/** A database, a PS and a bank's core; first there is a server that will be killed, afterwards another one. */
export class CoreStage {
  private readonly customers: string[] = [];
  private readonly paidIn = new Map<string, bigint>();
  /** No server is started before. */
  private notBefore = 0;

  private constructor(
    readonly database: TestDatabase,
    readonly simulator: RunningSimulator,
    private readonly proxy: SilencingProxy,
    private server: ServerProcess,
  ) {}

  static async open(): Promise<CoreStage> {
    const database = await createDatabase();
    const proxy = await SilencingProxy.start(database.url);
    let stage: CoreStage | undefined;
    const refundUrl = () => `${stage?.server.kaspiUrl}/refund`;
    const simulator = await startSimulator({ port: 0, truthFile: null, refundUrl });
    const urls = { DATABASE_URL: proxy.url, KASPI_BASE_URL: simulator.url, CORE_BANKING_URL: simulator.core.url };
    stage = new CoreStage(database, simulator, proxy, await ServerProcess.start({ ...urls, ...PATIENT }));
    return stage;
  }

  /** The dead server's claims are over when the next one starts, and so is the time of what was to be short. */
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

  /** Somebody new has scanned a purchase, which is over after so many seconds. */
  async scanned(lifetimeSeconds = 600): Promise<Paying> {
    const customer = `8008${String(this.customers.length + 1).padStart(8, '0')}`;
    this.customers.push(customer);
    const { id: account } = this.simulator.core.openAccount({ customerId: customer, name: 'Счёт', balance: PAID_IN });
    this.paidIn.set(account, 100_000n);
    const body = JSON.stringify({ type: 'Dynamic', amount: '100.00', lifetimeSeconds });
    const made = await fetch(`${this.simulator.url}/pos/qr`, { method: 'POST', body });
    const { qrCode, paymentId: purchase, canConfirmUntil } = (await made.json()) as Record<string, string>;
    const scanned = await (await this.mpp.as(customer)).scan(qrCode ?? '');
    if (lifetimeSeconds < 60) this.notBefore = Date.parse(canConfirmUntil ?? '') + 10;
    return { customer, account, purchase: purchase ?? '', payment: scanned.body.payment.id };
  }

  /** Somebody new has paid. */
  async paid(): Promise<Paying> {
    const paying = await this.scanned();
    await this.confirm(paying);
    await this.untilStatus(paying, 'CONFIRMED');
    return paying;
  }

  /** Whatever it is answered, it does not count: the server may not live to answer. */
  async confirm({ customer, payment }: Paying): Promise<void> {
    const app = await this.mpp.as(customer);
    await Promise.race([app.confirm(payment).catch(() => null), this.untilAsked(payment).catch(() => null)]);
  }

  /** The PS or the core fails in the next of its calls alone. */
  fail(plan: FaultPlan): void {
    this.simulator.faults.set(plan);
  }

  /** See SilencingProxy. */
  silence(lost: Lost, ...statements: Statements): Promise<void> {
    return this.proxy.silence(lost, ...statements);
  }

  /** The shop refunds so much, and the PS has been promised it; returns our id of the refund. */
  async refund({ purchase }: Paying, amount = '30.00'): Promise<{ refundId: string; id: string }> {
    const { refundId, resultCode } = await this.simulator.refund(purchase, amount);
    expect(resultCode).toBe('SUCCESS');
    const [row] = await this.database.query<{ id: string }>('select id from refunds where refund_id = $1', [refundId]);
    return { refundId, id: row?.id ?? '' };
  }

  /** The id of what the core was asked for; waits until it is on record. */
  async operationAbout(subject: string, kind: 'DEBIT' | 'REVERSAL' | 'CREDIT'): Promise<string> {
    const rows = await until(
      `a ${kind} on record`,
      () =>
        this.database.query<{ id: string }>('select id from core_operations where subject = $1 and kind = $2', [
          subject,
          kind,
        ]),
      ([row]) => row !== undefined,
    );
    return rows[0]?.id ?? '';
  }

  /** The core has carried it out. */
  untilMoved(paying: Paying, kind: string): Promise<unknown> {
    return until(
      `the core's ${kind}`,
      () => this.movedOf(paying),
      (moved) => moved.includes(kind),
    );
  }

  /** The fault has happened: the call is with the core, and hangs there. */
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

  /** What is true of the payment now, and of its refunds. */
  async outcome(paying: Paying): Promise<Outcome> {
    const { payment, account, customer } = paying;
    const balance = this.simulator.core.accounts(customer).find(({ id }) => id === account)?.balance;
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
      (said) => said.length === 0,
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

  /** Its confirm was answered by then, unless the server does not live to answer. */
  private untilAsked(payment: string): Promise<unknown> {
    return until(
      'DEBITING',
      () => this.statusOf(payment),
      (status) => status !== undefined && !status.startsWith('AWAITING'),
    );
  }
}
