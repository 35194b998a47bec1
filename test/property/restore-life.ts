import { setTimeout as pause } from 'node:timers/promises';
import { expect } from '@jest/globals';
import { Outbox } from '@mpp/outbox';
import { Expiry } from '@mpp/qr-payments';
import { createDatabase, type TestDatabase } from '../support/database.js';
import type { Answer, TestServer } from '../support/mpp.js';
import { send } from './forwarding.js';
import { tiyn } from './model-types.js';
import type { OutsideWorld } from './outside-world.js';

/** Much longer than any attempt takes on a slow machine. */
const ENDS_WITHIN_MS = 60_000;

/** A payment that was scanned, perhaps in a part of the life that is forgotten. */
export interface Bought {
  readonly id: string;
  readonly customer: string;
  readonly purchase: string;
  readonly qrCode: string;
}

export interface PaymentRow {
  readonly id: string;
  readonly customer_id: string;
  readonly kaspi_payment_id: string;
  readonly status: string;
  readonly settled_by: string | null;
  readonly amount: string;
  readonly expires_at: Date;
  readonly debited_at: Date | null;
  readonly debit_requested_at: Date | null;
}

export interface RefundRow {
  readonly refund_id: string;
  readonly status: string;
  readonly credited_account_id: string | null;
}

/** What our books say, at one moment. */
export interface Books {
  readonly payments: readonly PaymentRow[];
  readonly refunds: readonly RefundRow[];
}

let lives = 0;

/** One life of a database that is restored once: two customers, their payments, and what the server answers. */
export class Life {
  readonly customers: readonly [string, string];
  readonly payments: Bought[] = [];
  readonly log: string[] = [];
  /** The books as they were when they were lost. */
  before: Books = { payments: [], refunds: [] };
  /** The ids of payments that came with the restored database, and when the recovery began. */
  restored: ReadonlySet<string> = new Set();
  inRecovery = false;
  private readonly databases: TestDatabase[] = [];
  private backupOf: { readonly database: TestDatabase; readonly at: Date } | null = null;

  private constructor(
    readonly world: OutsideWorld,
    public database: TestDatabase,
  ) {
    const number = ++lives;
    this.customers = [`R${number}`, `S${number}`];
    this.databases.push(database);
  }

  static async begin(world: OutsideWorld): Promise<Life> {
    const life = new Life(world, await createDatabase());
    world.simulator.faults.clear();
    world.refused.clear();
    world.clock.advance(1000);
    await world.startServer(life.database);
    for (const customer of life.customers) {
      if (world.core === 'own ledger') await life.server.mpp.open(customer, '400.00');
      else for (const preferred of [true, false]) life.openAtCore(customer, preferred);
    }
    return life;
  }

  private openAtCore(customerId: string, preferred: boolean): void {
    const name = preferred ? 'Зарплатный' : 'Запасной';
    this.world.simulator.core.openAccount({ customerId, name, preferred, balance: OPENING });
  }

  async end(): Promise<void> {
    await this.world.stopServer();
    for (const each of this.databases) await each.drop();
  }

  get server(): TestServer {
    if (this.world.server === null) throw new Error('no server is running');
    return this.world.server;
  }

  get now(): Date {
    return this.world.clock.now();
  }

  app(customer: string) {
    return this.server.mpp.as(customer);
  }

  /** Nothing is connected meanwhile. */
  async backup(): Promise<void> {
    await this.world.stopServer();
    const database = await this.database.copy();
    this.databases.push(database);
    this.backupOf = { database, at: this.now };
    this.world.clock.advance(1000);
    await this.world.startServer(this.database);
    this.log.push('--- a backup is made');
  }

  async restore(): Promise<void> {
    if (this.backupOf === null) throw new Error('there is no backup');
    await this.world.stopServer();
    this.before = await this.books();
    this.database = this.backupOf.database;
    this.restored = new Set((await this.books()).payments.map(({ id }) => id));
    this.world.clock.advance(1000);
    this.inRecovery = true;
    await this.world.startServer(this.database, { RECOVERED_FROM: this.backupOf.at.toISOString() });
    this.log.push('--- the database is restored to the backup');
  }

  async endRecovery(): Promise<void> {
    const token = await this.server.mpp.teamToken('admin');
    const body = { reason: 'the registries agree' };
    expect(await this.server.mpp.call('POST', '/ops/v1/recovery/end', { token, body })).toMatchObject({ status: 200 });
    this.inRecovery = false;
    this.log.push('--- the recovery is ended');
  }

  async books(): Promise<Books> {
    const of = [this.customers];
    return {
      payments: await this.database.query('select * from qr_payments where customer_id = any($1) order by id', of),
      refunds: await this.database.query('select * from refunds where customer_id = any($1) order by refund_id', of),
    };
  }

  async row(id: string): Promise<PaymentRow | undefined> {
    return (await this.books()).payments.find((payment) => payment.id === id);
  }

  /** In the own ledger, in tiyn. */
  async balanceOf(customer: string): Promise<bigint> {
    return tiyn((await (await this.app(customer)).balance()) ?? '0.00');
  }

  /** A shop creates a QR code. */
  async newQr(amount: string, lifetimeSeconds: number): Promise<string> {
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify({ type: 'Dynamic', amount, lifetimeSeconds });
    const made = await send(`${this.world.simulator.url}/pos/qr`, { method: 'POST', headers, body });
    return (JSON.parse(made.text) as { qrCode: string }).qrCode;
  }

  async scan(customer: string, qrCode: string): Promise<Bought | null> {
    const { status, body } = await (await this.app(customer)).scan(qrCode);
    this.log.push(`    scan: ${status} ${body.payment?.status ?? ''}`);
    if (status >= 300) return null;
    const { id } = body.payment;
    const known = this.payments.find((payment) => payment.id === id);
    if (known !== undefined) return known;
    const purchase = this.world.simulator.purchases().find((one) => one.qrCode === qrCode)?.paymentId ?? '';
    const bought = { id, customer, purchase, qrCode };
    this.payments.push(bought);
    return bought;
  }

  logAnswer(what: string, { status, body }: Answer<unknown>): void {
    const { code, status: state } = body as { code?: string; status?: string };
    this.log.push(`    ${what}: ${status} ${code ?? state ?? ''}`);
  }

  async deliver(): Promise<void> {
    await this.server.app.get(Outbox).drainOnce();
    await this.idle();
  }

  expireDue(): Promise<number> {
    return this.server.app.get(Expiry, { strict: false }).expireDue();
  }

  refundsAtPs() {
    return this.customers.flatMap((customer) => this.world.simulator.refunds(customer));
  }

  /** Waits until no attempt is under way. */
  async idle(): Promise<void> {
    const deadline = Date.now() + ENDS_WITHIN_MS;
    while ((await this.database.query('select 1 from outbox_messages where lease is not null')).length > 0) {
      if (Date.now() > deadline) throw new Error('an attempt neither ends nor gives its lease back');
      await pause(2);
    }
  }
}

/** Of each account at the bank's core. */
export const OPENING = '400.00';
