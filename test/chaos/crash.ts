import { afterAll, beforeAll, it } from '@jest/globals';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { type Arrived, happyKaspi, KaspiPeer, type Reply, type Script } from '../support/kaspi-peer.js';
import type { Mpp } from '../support/mpp.js';
import { PsRefunds } from '../support/ps-refunds.js';
import { ServerProcess } from '../support/server-process.js';
import { until } from '../support/until.js';
import { SilencingProxy } from './silencing-proxy.js';

type Env = Record<string, string>;

/** The tests of a block begin one after the other. */
const BEGIN_WITHIN_MS = 240_000;

/** Nothing is repeated and nothing times out until the server is killed. */
const PATIENT = { CONFIRM_WAIT_MS: '0', KASPI_TIMEOUT_MS: '60000', BACKGROUND_WORK: 'off' };
const EAGER = {
  CONFIRM_WAIT_MS: '20000',
  KASPI_TIMEOUT_MS: '60000',
  OUTBOX_POLL_MS: '30',
  NOTIFY_RETRY_BASE_MS: '20',
  NOTIFY_RETRY_MAX_MS: '50',
};

/** A database, a PS, a server that will be killed, and the server that is started afterwards. */
export class Stage {
  private customers = 0;
  private readonly notifies = new Map<string, (time: number) => Reply | null>();
  private readonly cutOffCalls: Promise<unknown>[] = [];

  private constructor(
    readonly database: TestDatabase,
    readonly kaspi: KaspiPeer,
    /** Between the database and the server that will be killed. */
    readonly proxy: SilencingProxy,
    private server: ServerProcess,
  ) {
    kaspi.script = this.ps();
  }

  static async open(env: Env): Promise<Stage> {
    const database = await createDatabase();
    const kaspi = await KaspiPeer.start();
    const proxy = await SilencingProxy.start(database.url);
    const urls = { DATABASE_URL: proxy.url, KASPI_BASE_URL: kaspi.url };
    return new Stage(database, kaspi, proxy, await ServerProcess.start({ ...urls, ...PATIENT, ...env }));
  }

  /** Fails if a call was answered that should have been cut off. */
  async killAndRestart(env: Env): Promise<void> {
    await this.server.kill();
    const answers = (await Promise.all(this.cutOffCalls)).filter((answer) => answer !== null);
    if (answers.length > 0) throw new Error(`was answered: ${JSON.stringify(answers)}`);
    const urls = { DATABASE_URL: this.database.url, KASPI_BASE_URL: this.kaspi.url };
    this.server = await ServerProcess.start({ ...urls, ...EAGER, ...env });
  }

  async close(): Promise<void> {
    await this.server.kill();
    await this.proxy.close();
    await this.kaspi.close();
    await this.database.drop();
  }

  get mpp(): Mpp {
    return this.server.mpp;
  }

  /** The PS as a caller of the present server. */
  get refunds(): PsRefunds {
    return new PsRefunds(`${this.server.kaspiUrl}/refund`);
  }

  /** A new customer with 1000.00. */
  async customer(): Promise<string> {
    const id = `9009${String(++this.customers).padStart(8, '0')}`;
    await this.mpp.open(id, '1000.00');
    return id;
  }

  /** A call that the killed server never answers. */
  cutOff(call: Promise<unknown>): void {
    this.cutOffCalls.push(call.catch(() => null));
  }

  /** The PS's reply to each notify of a payment, counted from 1; null for SUCCESS. */
  whenNotified(id: string, reply: (time: number) => Reply | null): void {
    this.notifies.set(id, reply);
  }

  notifiesOf(id: string): Arrived[] {
    return this.kaspi.of('notifyPayment').filter(({ body }) => body.includes(id));
  }

  /** The bodies of the checkouts of this QR code. */
  checkoutsOf(qrCode: string): string[] {
    return this.kaspi.of('checkout').flatMap(({ body }) => (body.includes(`"ps-${qrCode}"`) ? [body] : []));
  }

  async statusOf(id: string): Promise<string | undefined> {
    const [row] = await this.database.query<{ status: string }>('select status from qr_payments where id = $1', [id]);
    return row?.status;
  }

  untilStatus(id: string, status: string): Promise<unknown> {
    return until(
      status,
      () => this.statusOf(id),
      (is) => is === status,
    );
  }

  async history(id: string): Promise<string[]> {
    const rows = await this.database.query<{ status: string }>(
      'select status from qr_payment_history where payment_id = $1 order by version',
      [id],
    );
    return rows.map(({ status }) => status);
  }

  async purposes(id: string): Promise<string[]> {
    const rows = await this.database.query<{ purpose: string }>(
      'select purpose from ledger_entries where reference = $1 order by id',
      [id],
    );
    return rows.map(({ purpose }) => purpose);
  }

  async audited(id: string): Promise<string[]> {
    const rows = await this.database.query<{ action: string }>(
      'select action from access_audit where subject = $1 order by id',
      [id],
    );
    return rows.map(({ action }) => action);
  }

  /** The messages of a payment and whether they are done, read in one statement. */
  async messages(id: string): Promise<{ id: string; place: 'waiting' | 'done' }[]> {
    return this.database.query(
      `select id, 'waiting' as place from outbox_messages where key = $1
       union all select id, 'done' from outbox_done where key = $1`,
      [id],
    );
  }

  /** The stored notify of a payment. */
  async storedNotify(id: string): Promise<{ requestId: string; body: string }> {
    const [row] = await this.database.query<{ payload: { requestId: string; body: string } }>(
      `select payload from outbox_messages where key = $1 union all
       select payload from outbox_done where key = $1`,
      [id],
    );
    if (row === undefined) throw new Error(`no notify of ${id} is stored`);
    return row.payload;
  }

  async untilNotifyStored(id: string): Promise<void> {
    await until(
      'the notify is stored',
      () => this.messages(id),
      (messages) => messages.length > 0,
    );
  }

  async untilNotified(id: string): Promise<void> {
    await until(
      'the notify has arrived',
      () => this.notifiesOf(id).length,
      (times) => times > 0,
    );
  }

  /** Ends the lease of the killed server. */
  async leaseIsOver(id: string): Promise<void> {
    await this.database.query('update outbox_messages set next_attempt_at = created_at where key = $1', [id]);
  }

  untilDelivered(id: string): Promise<unknown> {
    return until(
      `the notify of ${id} is delivered`,
      () => this.messages(id),
      (messages) => messages.length > 0 && messages.every(({ place }) => place === 'done'),
    );
  }

  /** A purchase named `late` had expired before its scan, one named `expensive` costs 600.00, any other 100.00. */
  private ps(): Script {
    const happy = happyKaspi();
    const late = happyKaspi({ confirmUntil: '2020-01-01T00:00:00+06' });
    const expensive = happyKaspi({ amount: '600.00' });
    return (request, index) => {
      if (request.body.includes('"late')) return late(request, index);
      if (request.body.includes('"expensive')) return expensive(request, index);
      for (const [id, reply] of this.notifies)
        if (request.path.endsWith('/notifyPayment') && request.body.includes(id))
          return reply(this.notifiesOf(id).length) ?? happy(request, index);
      return happy(request, index);
    };
  }
}

/** A stage on which a server is killed and another one is started. */
interface KillingStage {
  killAndRestart(): Promise<void>;
  close(): Promise<void>;
}

/** See {@link crashOf}; with the own ledger. */
export function crash(before: Env = {}, after: Env = {}) {
  return crashOf(async () => {
    const stage = await Stage.open(before);
    return Object.assign(stage, { killAndRestart: () => Stage.prototype.killAndRestart.call(stage, after) });
  });
}

/**
 * All tests of a describe block begin something on one server. It is killed in the middle of all of that, another server
 * starts, and each test checks what became of its own part.
 */
export function crashOf<S extends KillingStage>(open: () => Promise<S>) {
  let stage: S;
  const beginnings: (() => Promise<void>)[] = [];

  beforeAll(async () => {
    stage = await open();
    for (const begin of beginnings) await begin();
    await stage.killAndRestart();
  }, BEGIN_WITHIN_MS);

  afterAll(async () => {
    await stage?.close();
  });

  /** `begin` returns when the server may be killed. */
  return function killed<Prepared>(
    sentence: string,
    begin: (stage: S) => Promise<Prepared>,
    expectAfterwards: (stage: S, prepared: Prepared) => Promise<void>,
  ): void {
    let prepared: Promise<Prepared>;
    beginnings.push(async () => {
      prepared = begin(stage);
      // The test itself reports the error.
      await prepared.catch(() => undefined);
    });
    it(sentence, async () => expectAfterwards(stage, await prepared));
  };
}
