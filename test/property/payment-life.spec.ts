import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Outbox } from '@mpp/outbox';
import fc from 'fast-check';
import {
  isFinal,
  PAYMENT_TRANSITIONS,
  type PaymentEvent,
  type PaymentStatus,
  statusAfter,
} from '../../libs/qr-payments/domain/transitions.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { happyKaspi, KaspiPeer, type Reply, refusal } from '../support/kaspi-peer.js';
import { Mpp, startTestServer, type TestServer } from '../support/mpp.js';
import { TestClock } from '../support/test-clock.js';

const RUNS = Number(process.env.PROPERTY_RUNS ?? 40);
const MINUTE = 60_000;

type Step =
  | { readonly do: 'scan' | 'confirm'; readonly who: number; readonly purchase: number }
  | { readonly do: 'wait'; readonly minutes: number }
  | { readonly do: 'deposit'; readonly who: number }
  | { readonly do: 'repeat' };

const HAPPY = 'happy';

const who = fc.nat(1);
const purchase = fc.nat(3);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('scan' as const), who, purchase }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('confirm' as const), who, purchase }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('wait' as const), minutes: fc.constantFrom(0.1, 1, 3, 16) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('deposit' as const), who }) },
  { weight: 2, arbitrary: fc.constant({ do: 'repeat' as const }) },
);

/** What the PS says to notifies, one after the other; afterwards it says SUCCESS. */
const replies: fc.Arbitrary<(Reply | typeof HAPPY)[]> = fc.array(
  fc.oneof(
    { weight: 2, arbitrary: fc.constant(HAPPY as typeof HAPPY) },
    {
      weight: 2,
      arbitrary: fc.constantFrom<Reply>('reset', { status: 503, text: '' }, { text: '<html>' }, { json: {} }),
    },
    {
      weight: 2,
      arbitrary: fc
        .constantFrom(
          'PROCESS_FAIL',
          'RISK_REJECT',
          'PARAM_ILLEGAL',
          'PAYMENT_INCORRECT_STATUS',
          'UNKNOWN_EXCEPTION',
          'NEW_CODE',
        )
        .map(refusal),
    },
  ),
  { maxLength: 12 },
);

/** One run: two customers with 250.00 each, four purchases of 100.00, whatever the steps and the PS make of them. */
class Run {
  private readonly customers: readonly string[];
  private readonly accounts: string[] = [];
  private readonly payments = new Map<string, string>();
  private deposits = 0;

  constructor(
    private readonly number: number,
    private readonly server: TestServer,
    private readonly mpp: Mpp,
    private readonly clock: TestClock,
    private readonly database: TestDatabase,
  ) {
    this.customers = [`A${number}`, `B${number}`];
  }

  async begin(): Promise<void> {
    for (const customer of this.customers) this.accounts.push(await this.mpp.open(customer, '250.00'));
  }

  async take(next: Step): Promise<void> {
    switch (next.do) {
      case 'scan': {
        const answer = await (await this.customer(next.who)).scan(`run-${this.number}-${next.purchase}`);
        expect([200, 201]).toContain(answer.status);
        this.payments.set(`${next.who}-${next.purchase}`, answer.body.payment.id);
        break;
      }
      case 'confirm': {
        const id = this.payments.get(`${next.who}-${next.purchase}`);
        if (id === undefined) break;
        const answer = await (await this.customer(next.who)).confirm(id);
        expect([200, 202, 409]).toContain(answer.status);
        if (answer.status === 409) expect(answer.body).toMatchObject({ code: 'ALREADY_PAID' });
        await this.outboxRests();
        break;
      }
      case 'wait':
        this.clock.advance(next.minutes * MINUTE);
        break;
      case 'deposit': {
        const body = { amount: '60.00', reference: `run-${this.number}-${++this.deposits}` };
        const token = await this.mpp.teamToken('accounting');
        await this.mpp.call('POST', `/ops/v1/accounts/${this.accounts[next.who]}/deposits`, { token, body });
        break;
      }
      case 'repeat':
        await this.outboxRests();
        break;
    }
    await this.moneyIsConserved();
  }

  /** The PS answers again: everything that was debited comes to an end. */
  async end(): Promise<void> {
    for (let hour = 0; hour < 30 && (await this.waiting()) > 0; hour++) {
      this.clock.advance(2 * MINUTE);
      await this.outboxRests();
    }
    expect(await this.waiting()).toBe(0);
    await this.moneyIsConserved();
    for (const { status, debited } of await this.statuses()) if (debited) expect(isFinal(status)).toBe(true);
    await this.historyFollowsTheTable();
  }

  /** Whoever's money it is, it is somewhere, once: with the customer, in transit, or owed to Kaspi. */
  private async moneyIsConserved(): Promise<void> {
    const balances = await this.database.query<{ customer_id: string; balance: string; funded: string }>(
      `select a.customer_id, a.balance, (select sum(amount) from ledger_entries where credit_account_id = a.id and purpose = 'DEPOSIT') as funded
       from ledger_accounts a where a.customer_id = any($1)`,
      [this.customers],
    );
    const spent = await this.database.query<{ customer_id: string; spent: string }>(
      `select customer_id, sum(amount) as spent from qr_payments
       where customer_id = any($1) and status in ('PROCESSING', 'IN_DOUBT', 'CONFIRMED') group by 1`,
      [this.customers],
    );
    for (const { customer_id, balance, funded } of balances) {
      const out = spent.find((row) => row.customer_id === customer_id)?.spent ?? '0';
      expect(BigInt(balance)).toBe(BigInt(funded) - BigInt(out));
    }
    const twice = await this.database.query(
      'select kaspi_payment_id from qr_payments where debited_at is not null group by 1 having count(*) > 1',
    );
    expect(twice).toEqual([]);
    expect(await this.inTransit()).toBe(await this.stillOpen());
    expect(await this.mpp.trialBalance()).toMatchObject({ balanced: true });
  }

  private async historyFollowsTheTable(): Promise<void> {
    const rows = await this.database.query<{ payment_id: string; status: PaymentStatus }>(
      `select h.payment_id, h.status from qr_payment_history h join qr_payments p on p.id = h.payment_id
       where p.customer_id = any($1) order by h.payment_id, h.version`,
      [this.customers],
    );
    for (const [index, { payment_id, status }] of rows.entries()) {
      const before = rows[index - 1];
      if (before?.payment_id !== payment_id) expect(status).toBe('AWAITING_CONFIRMATION');
      else expect(Object.values(PAYMENT_TRANSITIONS[before.status])).toContain(status);
    }
  }

  private async inTransit(): Promise<bigint> {
    const line = (await this.mpp.trialBalance()).lines.find(({ account }) => account === 'IN_TRANSIT');
    return BigInt((line?.credit ?? '0').replace('.', ''));
  }

  private async stillOpen(): Promise<bigint> {
    const [row] = await this.database.query<{ sum: string | null }>(
      `select sum(amount) from qr_payments where status in ('PROCESSING', 'IN_DOUBT')`,
    );
    return BigInt(row?.sum ?? 0);
  }

  private async waiting(): Promise<number> {
    return (await this.database.query('select 1 from outbox_messages')).length;
  }

  private statuses() {
    return this.database.query<{ status: PaymentStatus; debited: boolean }>(
      'select status, debited_at is not null as debited from qr_payments where customer_id = any($1)',
      [this.customers],
    );
  }

  private async outboxRests(): Promise<void> {
    await this.server.app.get(Outbox).drainOnce();
  }

  private customer(index: number) {
    return this.mpp.as(this.customers[index] ?? '');
  }
}

describe('whatever customers do and whatever the PS answers', () => {
  let database: TestDatabase;
  let kaspi: KaspiPeer;
  let server: TestServer;
  const clock = new TestClock();
  let runs = 0;

  beforeAll(async () => {
    database = await createDatabase();
    kaspi = await KaspiPeer.start();
    const env = { DATABASE_URL: database.url, KASPI_BASE_URL: kaspi.url, OUTBOX_WORKER: 'off', CONFIRM_WAIT_MS: '0' };
    server = await startTestServer(env, clock);
  });

  afterAll(async () => {
    await server.stop();
    await kaspi.close();
    await database.drop();
  });

  it('money is conserved, every status change is in the transition table, and every debited payment comes to an end', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 30 }), replies, async (steps, said) => {
        const run = new Run(++runs, server, new Mpp(server.publicUrl), clock, database);
        const happy = happyKaspi({ confirmUntil: new Date(clock.now().getTime() + 10 * MINUTE).toISOString() });
        const left = [...said];
        kaspi.script = (request, index) => {
          const reply = request.path.endsWith('/notifyPayment') ? left.shift() : undefined;
          return reply === undefined || reply === HAPPY ? happy(request, index) : reply;
        };
        await run.begin();
        for (const next of steps) await run.take(next);
        await run.end();
      }),
      { numRuns: RUNS, endOnFailure: true },
    );
  }, 240_000);
});

describe('the transition table', () => {
  const statuses = Object.keys(PAYMENT_TRANSITIONS) as PaymentStatus[];
  const events = [...new Set(Object.values(PAYMENT_TRANSITIONS).flatMap((row) => Object.keys(row)))] as PaymentEvent[];

  it('has an end for every path: from each state a final one can be reached, and none leads back', () => {
    const rank = (status: PaymentStatus): number =>
      Math.max(0, ...Object.values(PAYMENT_TRANSITIONS[status]).map((next) => rank(next) + 1));
    for (const status of statuses) {
      for (const next of Object.values(PAYMENT_TRANSITIONS[status])) expect(rank(next)).toBeLessThan(rank(status));
      expect(rank(status) === 0).toBe(isFinal(status));
    }
  });

  it('throws for what it lacks', () => {
    fc.assert(
      fc.property(fc.constantFrom(...statuses), fc.constantFrom(...events), (status, event) => {
        const next = PAYMENT_TRANSITIONS[status][event];
        if (next === undefined)
          expect(() => statusAfter(status, event)).toThrow(`a payment that is ${status} cannot be ${event}`);
        else expect(statusAfter(status, event)).toBe(next);
      }),
    );
  });
});
