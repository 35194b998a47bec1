import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { SHARED_ACCOUNTS } from '@mpp/ledger';
import { createDatabase, type TestDatabase } from '../../test/support/database.js';
import { happyKaspi, inTurn, KaspiPeer, refusal } from '../../test/support/kaspi-peer.js';
import { type Answer, Mpp, startTestServer, type TestServer } from '../../test/support/mpp.js';
import { PsRefunds } from '../../test/support/ps-refunds.js';
import { TestClock } from '../../test/support/test-clock.js';
import { until } from '../../test/support/until.js';

const HOUR = 3_600_000;

interface DayBody extends Record<string, unknown> {
  date: string;
  owed: string;
  agrees: boolean | null;
  settled: string;
  outstanding: string;
  settlements: { reference: string; amount: string; standing: string }[];
  detail?: string;
}

const clock = new TestClock(new Date('2026-03-01T06:00:00Z'));
let database: TestDatabase;
let kaspi: KaspiPeer;
let servers: readonly [TestServer, TestServer];
/** Today, of which no test before knows. */
let today: string;
let mpp: Mpp;
let purchases = 0;

beforeAll(async () => {
  database = await createDatabase();
  kaspi = await KaspiPeer.start();
  const env = { DATABASE_URL: database.url, KASPI_BASE_URL: kaspi.url };
  servers = await Promise.all([startTestServer(env, clock), startTestServer(env, clock)]);
});

afterAll(async () => {
  await Promise.all(servers.map((server) => server.stop()));
  await kaspi.close();
  await database.drop();
});

beforeEach(() => {
  kaspi.script = happyKaspi({ confirmUntil: null });
  clock.advance(24 * HOUR);
  today = clock.now().toISOString().slice(0, 10);
  // Tokens of yesterday are over.
  mpp = new Mpp(servers[0].publicUrl);
});

/** Somebody pays so much, today. */
async function buy(amount: string, status = 'CONFIRMED') {
  const alia = await mpp.customer('100000.00');
  const qrCode = `static-${++purchases}`;
  const { id } = (await alia.scan(qrCode)).body.payment;
  expect((await alia.confirm(id, { amount })).body.status).toBe(status);
  return { id, customerId: alia.id, paymentId: `ps-${qrCode}` };
}

/** The shop gives so much back, today; it is on the account. */
async function giveBack({ customerId, paymentId }: { customerId: string; paymentId: string }, refundAmount: string) {
  const refundId = `Ref${randomUUID()}`;
  const { result } = await new PsRefunds(`${servers[0].kaspiUrl}/refund`).refund({
    ...{ customerId, paymentId, refundId, refundAmount },
  });
  expect(result?.resultCode).toBe('SUCCESS');
  const status = () =>
    database.query<{ status: string }>('select status from refunds where refund_id = $1', [refundId]);
  await until('the credit', status, ([refund]) => refund?.status === 'CREDITED');
}

async function call(method: string, path: string, body?: object, caller = mpp): Promise<Answer<DayBody>> {
  const token = await caller.teamToken('accounting');
  return caller.call(method, `/ops/v1/settlements${path}`, { token, ...(body && { body }) });
}

const pay = (amount: string, reference = `bank-${randomUUID()}`, day = today) =>
  call('POST', `/${day}`, { amount, reference });
const shown = async (day = today) => (await call('GET', `/${day}`)).body;

/** What stands on the accounts between Kaspi and us, each on its own side. */
async function standing(): Promise<Record<string, string>> {
  const { balanced, lines } = await mpp.trialBalance();
  expect(balanced).toBe(true);
  const of = (kind: string) => {
    const { debit = '0.00', credit = '0.00' } = lines.find(({ account }) => account === kind) ?? {};
    return debit === '0.00' ? credit : `-${debit}`;
  };
  return {
    payable: of('PAYABLE_TO_KASPI'),
    receivable: of('RECEIVABLE_FROM_KASPI'),
    bank: of('BANK'),
    differences: of('DIFFERENCES'),
  };
}

const entriesUnder = (reference: string) =>
  database.query(
    `select purpose, debit_account_id as debit, credit_account_id as credit, amount::text
     from ledger_entries where reference = $1 order by purpose`,
    [reference],
  );

const { PAYABLE_TO_KASPI, RECEIVABLE_FROM_KASPI, BANK } = SHARED_ACCOUNTS;

describe('What a day owes Kaspi', () => {
  it('is what was bought less what was refunded, and paying it leaves nothing between Kaspi and us', async () => {
    const purchase = await buy('16900');
    await buy('1650');
    await giveBack(purchase, '900.00');
    expect(await shown()).toEqual({
      date: today,
      payments: { count: 2, amount: '18550.00' },
      refunds: { count: 1, amount: '900.00' },
      owed: '17650.00',
      registry: null,
      agrees: null,
      settled: '0.00',
      outstanding: '17650.00',
      settlements: [],
    });
    expect(await standing()).toMatchObject({ payable: '18550.00', receivable: '-900.00', bank: '0.00' });

    const answer = await pay('17650.00', 'transfer-1');
    expect(answer).toMatchObject({
      status: 201,
      body: {
        settled: '17650.00',
        outstanding: '0.00',
        settlements: [
          {
            reference: 'transfer-1',
            amount: '17650.00',
            refundsTakenOff: '900.00',
            standing: '17650.00',
            settledBy: 'developer',
            settledAt: clock.now().toISOString(),
          },
        ],
      },
    });
    expect(await standing()).toMatchObject({ payable: '0.00', receivable: '0.00', bank: '17650.00' });
    expect(await entriesUnder('transfer-1')).toEqual([
      { purpose: 'NETTING', debit: PAYABLE_TO_KASPI, credit: RECEIVABLE_FROM_KASPI, amount: '90000' },
      { purpose: 'PAYOUT', debit: PAYABLE_TO_KASPI, credit: BANK, amount: '1765000' },
    ]);
    const token = await mpp.teamToken('admin');
    const { body } = await mpp.call<{ items: object[] }>('GET', '/ops/v1/audit?action=KASPI_SETTLED', { token });
    expect(body.items[0]).toMatchObject({
      actor: 'developer',
      subject: today,
      details: { reference: 'transfer-1', amount: '17650.00', refundsTakenOff: '900.00' },
    });
  });

  it('may be paid in parts, never more than is left, and what comes later can be paid later', async () => {
    await buy('1000');
    expect((await pay('400.00')).body).toMatchObject({ settled: '400.00', outstanding: '600.00' });
    const tooMuch = await pay('600.01');
    expect(tooMuch).toMatchObject({ status: 409, body: { code: 'STATE_CONFLICT' } });
    expect(tooMuch.body.detail).toBe('За этот день осталось 600.00: сумма должна быть с тем же знаком и не больше.');
    expect((await pay('600')).body).toMatchObject({ outstanding: '0.00' });
    expect((await pay('0.01')).body.detail).toBe('За этот день расчёты с Kaspi завершены: платить нечего.');
    await buy('50');
    expect((await pay('50.00')).body).toMatchObject({ outstanding: '0.00', settlements: [{}, {}, {}] });
    expect(await standing()).toMatchObject({ payable: '0.00' });
  });

  it('is below zero where refunds exceed payments: then Kaspi pays us', async () => {
    const purchase = await buy('500');
    await pay('500.00');
    clock.advance(24 * HOUR);
    mpp = new Mpp(servers[0].publicUrl);
    const next = clock.now().toISOString().slice(0, 10);
    await giveBack(purchase, '120.50');
    expect(await shown(next)).toMatchObject({ owed: '-120.50', payments: { count: 0, amount: '0.00' } });
    expect((await pay('120.50', 'x', next)).status).toBe(409);
    expect((await pay('-120.51', 'x', next)).status).toBe(409);
    expect(await pay('-120.50', 'from-kaspi', next)).toMatchObject({ status: 201, body: { outstanding: '0.00' } });
    expect(await entriesUnder('from-kaspi')).toMatchObject([
      { purpose: 'NETTING', debit: PAYABLE_TO_KASPI, credit: RECEIVABLE_FROM_KASPI, amount: '12050' },
      { purpose: 'PAYOUT', debit: BANK, credit: PAYABLE_TO_KASPI, amount: '12050' },
    ]);
    expect(await standing()).toMatchObject({ payable: '0.00', receivable: '0.00' });
  });

  it('can be nothing although there was something: then refunds are taken off, and the bank moves nothing', async () => {
    const purchase = await buy('300');
    await giveBack(purchase, '300.00');
    expect(await pay('0.00', 'nothing')).toMatchObject({ status: 201, body: { owed: '0.00', outstanding: '0.00' } });
    expect(await entriesUnder('nothing')).toMatchObject([{ purpose: 'NETTING', amount: '30000' }]);
    expect((await pay('0.00', 'nothing more')).status).toBe(409);
    expect(await standing()).toMatchObject({ payable: '0.00', receivable: '0.00' });
  });

  it('counts a payment on the day of its debit in Almaty, to the last moment of it', async () => {
    clock.advance(13 * HOUR - 1);
    expect(clock.now().toISOString()).toMatch(/T18:59:59.999Z$/);
    mpp = new Mpp(servers[0].publicUrl);
    await buy('70');
    clock.advance(1);
    await buy('80');
    const tomorrow = new Date(clock.now().getTime() + 24 * HOUR).toISOString().slice(0, 10);
    expect([(await shown(today)).owed, (await shown(tomorrow)).owed]).toEqual(['70.00', '80.00']);
    expect([(await pay('70', randomUUID(), today)).status, (await pay('80', randomUUID(), tomorrow)).status]).toEqual([
      201, 201,
    ]);
    clock.advance(11 * HOUR);
  });

  it('counts no payment that was given back, unless Kaspi refunds it: then Kaspi has it, and both count', async () => {
    kaspi.script = inTurn('notifyPayment', [refusal('RISK_REJECT')], happyKaspi({ confirmUntil: null }));
    const purchase = await buy('200', 'REVERSED');
    expect(await shown()).toMatchObject({ payments: { count: 0 }, owed: '0.00' });
    const before = await standing();
    await giveBack(purchase, '150.00');
    expect(await shown()).toMatchObject({
      payments: { count: 1, amount: '200.00' },
      refunds: { count: 1, amount: '150.00' },
      owed: '50.00',
    });
    expect((await pay('50.00')).status).toBe(201);
    // What is left of it is a difference: the customer has 200.00 back, of which Kaspi gave 150.00.
    const after = await standing();
    expect(after).toMatchObject({ payable: '0.00', receivable: '0.00' });
    expect([before.differences, after.differences]).toEqual(['0.00', '-50.00']);
  });

  it('is open again where accounting corrects the payout', async () => {
    await buy('90');
    await pay('90.00', 'wrong-day');
    const [entry] = await database.query<{ id: string }>(`select id from ledger_entries where reference = 'wrong-day'`);
    const token = await mpp.teamToken('accounting');
    const path = `/ops/v1/ledger/entries/${entry?.id}/correction`;
    expect((await mpp.call('POST', path, { token, body: { reason: 'of another day' } })).status).toBe(201);
    expect(await shown()).toMatchObject({
      settled: '0.00',
      outstanding: '90.00',
      settlements: [{ amount: '90.00', standing: '0.00' }],
    });
    expect(await pay('90.00', 'wrong-day')).toMatchObject({ status: 200, body: { outstanding: '90.00' } });
    expect(await pay('90.00', 'right-day')).toMatchObject({ status: 201, body: { outstanding: '0.00' } });
    expect(await standing()).toMatchObject({ payable: '0.00' });
  });
});

describe('A bank reference', () => {
  it('is booked once: the same again changes nothing, another amount or day under it is refused', async () => {
    await buy('1000');
    const first = await pay('400.00', 'once');
    const again = await pay('400', 'once');
    expect([first.status, again.status]).toEqual([201, 200]);
    expect(again.body).toEqual(first.body);
    const refused = { status: 409, body: { code: 'REFERENCE_REUSED' } };
    expect(await pay('401.00', 'once')).toMatchObject(refused);
    expect(await pay('400.00', 'once', '2026-01-05')).toMatchObject(refused);
    expect(await entriesUnder('once')).toHaveLength(1);
    await pay('600.00');
  });

  it('sent by two clerks at the same moment is booked once', async () => {
    await buy('1000');
    const clerks = servers.map((server) => new Mpp(server.publicUrl));
    const body = { amount: '1000.00', reference: 'same' };
    const answers = await Promise.all(
      [...clerks, ...clerks, ...clerks].map((clerk) => call('POST', `/${today}`, body, clerk)),
    );
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 200, 200, 200, 200, 201]);
    expect(await entriesUnder('same')).toHaveLength(1);
    expect(await standing()).toMatchObject({ payable: '0.00' });
  });

  it('does not let two clerks pay the same day twice under different ones', async () => {
    await buy('1000');
    const clerks = servers.map((server) => new Mpp(server.publicUrl));
    const answers = await Promise.all(
      clerks.map((clerk, index) =>
        call('POST', `/${today}`, { amount: '1000.00', reference: `clerk-${index}-${today}` }, clerk),
      ),
    );
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 409]);
    expect(await shown()).toMatchObject({ outstanding: '0.00', settlements: [{}] });
    expect(await standing()).toMatchObject({ payable: '0.00' });
  });
});

describe('The newest daily registry of a day', () => {
  /** As the reading leaves it, with purchases, refunds and one operation that was not confirmed. */
  async function registry(
    purchases: number[],
    refunds: number[],
    status = 'RECONCILED',
    from = today,
  ): Promise<string> {
    const id = randomUUID();
    await database.query(
      `insert into registries (id, content_hash, name, size, source, received_at, status, kind, period_from, period_to,
         rows, amount, fee, reconciled_at, accepted_at, accepted_by)
       values ($1::uuid, md5($1::text) || md5($1::text), 'r.xlsx', 1, 'UPLOAD', $2::timestamptz, $3::text, 'DAILY', $4, $5, 0, 0, 0, $2::timestamptz,
         case when $3::text = 'ACCEPTED' then $2::timestamptz end, case when $3::text = 'ACCEPTED' then 'aigerim' end)`,
      [id, clock.now(), status, from, today],
    );
    const rows = [
      ...purchases.map((amount) => ['PURCHASE', true, amount]),
      ...refunds.map((amount) => ['REFUND', true, amount]),
      ['PURCHASE', false, 77_700],
    ];
    for (const [index, [type, confirmed, amount]] of rows.entries()) {
      await database.query(
        'insert into registry_rows (registry_id, row, type, confirmed, at, amount) values ($1, $2, $3, $4, $5, $6)',
        [id, index + 3, type, confirmed, clock.now(), amount],
      );
    }
    clock.advance(1000);
    return id;
  }

  it('stands beside what we say, and whether both agree', async () => {
    const purchase = await buy('1000');
    await giveBack(purchase, '200.00');
    await registry([1], []);
    const right = await registry([100_000], [20_000]);
    expect(await shown()).toMatchObject({
      registry: {
        registryId: right,
        payments: { count: 1, amount: '1000.00' },
        refunds: { count: 1, amount: '200.00' },
      },
      agrees: true,
    });
    const wrong = await registry([100_000], [20_001], 'ACCEPTED');
    expect(await shown()).toMatchObject({ registry: { registryId: wrong }, agrees: false });
    await pay('800.00');
  });

  it('that covers a week-end says of each day what it has of it', async () => {
    const yesterday = new Date(clock.now().getTime() - 24 * HOUR).toISOString().slice(0, 10);
    const id = await registry([500], [], 'RECONCILED', yesterday);
    const none = { count: 0, amount: '0.00' };
    const { body } = await call('GET', `?from=${yesterday}&to=${today}`);
    expect(body.items).toMatchObject([
      { date: yesterday, registry: { registryId: id, payments: none, refunds: none } },
      { date: today, registry: { registryId: id, payments: { count: 1, amount: '5.00' } }, agrees: false },
    ]);
  });
});

describe('The list of days', () => {
  it('is of the last week where nothing else is asked for, quiet days included', async () => {
    await buy('10');
    const { body } = await call('GET', '');
    const items = body.items as DayBody[];
    expect(items).toHaveLength(7);
    expect(items.at(-1)).toEqual(await shown());
    await pay('10');
  });

  it.each([
    ['?from=2026-03-10&to=2026-03-09', 'from'],
    ['?from=2026-03-32', 'from'],
    ['?to=today', 'to'],
    ['?from=2026-01-01&to=2026-02-01', 'to'],
    ['?from=2000-01-01&to=2999-12-31', 'to'],
  ])('refuses %s', async (query, field) => {
    expect(await call('GET', query)).toMatchObject({ status: 400, body: { errors: [{ field }] } });
  });

  it('knows no day that there is not', async () => {
    for (const day of ['2026-02-30', 'today', '1926-03-10'])
      expect([(await call('GET', `/${day}`)).status, (await pay('1', 'r', day)).status]).toEqual([404, 404]);
  });

  it.each(['1e2', '+1', '1 000', '1,00', '--1', '', '1.001', '12345678901234567'])('takes no %j', async (amount) => {
    expect(await pay(amount)).toMatchObject({ status: 400, body: { errors: [{ field: 'amount' }] } });
  });
});

it('After all days are settled nothing stands between Kaspi and us', async () => {
  const { body } = await call('GET', `?from=2026-03-01&to=${today}`);
  const open = (body.items as DayBody[]).filter(({ outstanding }) => outstanding !== '0.00');
  expect(open).toEqual([]);
  expect(await standing()).toMatchObject({ payable: '0.00', receivable: '0.00' });
});

describe('The table of settlements', () => {
  const row = (reference: string, amount: number) =>
    database.query(
      `insert into registry_settlements (id, day, reference, amount, netted, settled_by, settled_at)
       values (gen_random_uuid(), '2026-03-10', $1, $2, 0, 'x', now())`,
      [reference, amount],
    );

  it('has nothing that is not in the journal, and keeps what it has', async () => {
    await expect(row('never paid', 100)).rejects.toThrow('settlement never paid is not in the journal');
    await expect(row('nothing', 0)).rejects.toThrow('registry_settlements_of_something');
    await expect(row('transfer-1', 1)).rejects.toThrow('registry_settlements_reference');
    for (const sql of [
      'update registry_settlements set amount = 1',
      'delete from registry_settlements',
      'truncate registry_settlements',
    ])
      await expect(database.query(sql)).rejects.toMatchObject({ code: '23001' });
  });
});
