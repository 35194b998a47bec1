import { createHash, randomUUID } from 'node:crypto';
import { WorkingCalendar } from '@mpp/calendar';
import { MissingRegistries } from '@mpp/registries';
import { day } from './calendar.js';
import { createDatabase, type TestDatabase } from './database.js';
import { type Answer, Mpp, startTestServer, type TestServer } from './mpp.js';
import { another, insertRow, paymentThatIs, rowOf } from './payments.js';
import { TestClock } from './test-clock.js';

/** 09:00 in Almaty on Monday, 2 March 2026. */
const START = '2026-03-02T04:00:00Z';

interface AlertList extends Record<string, unknown> {
  items: { subject: string; details: object }[];
}

/** A server without background work in March 2026, with payments and registries that a test inserts. */
export class DueRegistries {
  private constructor(
    readonly clock: TestClock,
    readonly database: TestDatabase,
    readonly server: TestServer,
  ) {}

  static async start(env: Record<string, string> = {}): Promise<DueRegistries> {
    const clock = new TestClock(new Date(START));
    const database = await createDatabase();
    const addresses = { DATABASE_URL: database.url, KASPI_BASE_URL: 'http://127.0.0.1:9' };
    const server = await startTestServer({ ...addresses, BACKGROUND_WORK: 'off', ...env }, clock);
    // The package date-holidays does not have these.
    await server.app.get(WorkingCalendar).correctDays(
      [
        { day: day('2026-03-16'), working: true, name: null },
        { day: day('2026-03-25'), working: false, name: 'Наурыз мейрамы (перенос)' },
      ],
      'aigul',
    );
    return new DueRegistries(clock, database, server);
  }

  async stop(): Promise<void> {
    await this.server.stop();
    await this.database.drop();
  }

  moveTo(at: string): void {
    this.clock.advance(new Date(at).getTime() - this.clock.now().getTime());
  }

  async insertPayment(debitedAt: string): Promise<void> {
    const at = new Date(debitedAt);
    await insertRow(this.database, rowOf(another(paymentThatIs('CONFIRMED', { debitedAt: at, confirmedAt: at }))));
  }

  async insertRegistry(kind: 'DAILY' | 'MONTHLY', from: string, to: string, status = 'RECONCILED'): Promise<string> {
    const id = randomUUID();
    await this.database.query(
      `insert into registries (id, content_hash, name, size, source, received_at, status, kind, period_from, period_to, amount, fee,
         reconciled_at, accepted_at, accepted_by)
       values ($1, $2, 'r.xlsx', 1, 'UPLOAD', $3, $4, $5, $6, $7, 0, 0, $3, case when $4 = 'ACCEPTED' then $3::timestamptz end,
         case when $4 = 'ACCEPTED' then 'aigul' end)`,
      [id, createHash('sha256').update(id).digest('hex'), this.clock.now(), status, kind, from, to],
    );
    return id;
  }

  async readCalendar<Body>(query: string): Promise<Answer<Body>> {
    // The clock moves by weeks: a token of the start has expired.
    const mpp = new Mpp(this.server.publicUrl);
    const token = await mpp.teamToken('accounting');
    return mpp.call<Body>('GET', `/ops/v1/registry-calendar${query}`, { token });
  }

  /** Raises alerts for missing registries, and returns all missing ones as text. */
  async alertMissing(): Promise<string[]> {
    const missing = await this.server.app.get(MissingRegistries).alertMissing();
    return missing.map(({ kind, from, to }) => `${kind} ${from}..${to}`);
  }

  /** Oldest first. */
  async listAlerts(): Promise<{ subject: string; details: object }[]> {
    const token = await this.server.mpp.teamToken('accounting');
    const { body } = await this.server.mpp.call<AlertList>('GET', '/ops/v1/alerts?kind=REGISTRY_MISSING', { token });
    return body.items.toReversed();
  }

  async listAlertSubjects(): Promise<string[]> {
    return (await this.listAlerts()).map(({ subject }) => subject);
  }
}
