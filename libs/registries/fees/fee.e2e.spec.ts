import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { addDays, formatTiyn, MAX_TIYN, Money } from '@mpp/kernel';
import fc from 'fast-check';
import { day } from '../../../test/support/calendar.js';
import { createDatabase, type TestDatabase } from '../../../test/support/database.js';
import { expectedFee, expectedTariff, type Operation } from '../../../test/support/fee-model.js';
import { startTestServer, type TestServer } from '../../../test/support/mpp.js';
import { MAX_RATE, parsePercent, TARIFF_SERVICES, type Tariff, tariffKey } from '../domain/tariff.js';
import { Tariffs } from './tariffs.service.js';

let database: TestDatabase;
let server: TestServer;

beforeAll(async () => {
  database = await createDatabase();
  const env = { DATABASE_URL: database.url, KASPI_BASE_URL: 'http://127.0.0.1:9', BACKGROUND_WORK: 'off' };
  server = await startTestServer(env);
});

afterAll(async () => {
  await server.stop();
  await database.drop();
});

/** The fees by the SQL function registry_fee, the rule that the server uses. */
async function feesOf(operations: readonly (readonly [amount: bigint, rate: bigint])[]): Promise<bigint[]> {
  const rows = await database.query<{ fee: string }>(
    `select registry_fee(amount, rate) as fee from unnest($1::bigint[], $2::bigint[]) with ordinality as given (amount, rate, n)
     order by n`,
    [operations.map(([amount]) => String(amount)), operations.map(([, rate]) => String(rate))],
  );
  return rows.map(({ fee }) => BigInt(fee));
}

const operation = (amount: string, percent: string) =>
  [Money.parse(amount).tiyn, parsePercent(percent) ?? -1n] as const;

describe('a fee', () => {
  it.each([
    ['daily', ['0.50', '0.10', '0.30'], ['84.50', '1.65', '4.89'], '91.04'],
    ['monthly', ['0.20', '0.20', '0.20'], ['33.80', '3.30', '3.26'], '40.36'],
  ])(
    'equals the fees of the three operations in the regulation’s %s registry (R28)',
    async (_kind, percents, fees, total) => {
      const amounts = ['16900.00', '1650.00', '1630.00'];
      const found = await feesOf(amounts.map((amount, index) => operation(amount, percents[index] ?? '')));
      expect(found.map(formatTiyn)).toEqual(fees);
      expect(formatTiyn(found.reduce((a, b) => a + b))).toBe(total);
    },
  );

  it('of half a tiyn is rounded up to a tiyn, of less to zero', async () => {
    const some = [operation('1.00', '0.50'), operation('1.00', '0.4999'), operation('3.00', '0.50')];
    expect(await feesOf(some)).toEqual([1n, 0n, 2n]);
  });

  it('differs from the exact fee by at most half a tiyn, is rounded up at exactly half, and has the same size for a refund', async () => {
    const amount = fc.bigInt({ min: 0n, max: MAX_TIYN });
    const pairs = fc.array(fc.tuple(amount, fc.bigInt({ min: 0n, max: MAX_RATE })), { minLength: 1, maxLength: 200 });
    await fc.assert(
      fc.asyncProperty(pairs, async (some) => {
        const fees = await feesOf(some);
        for (const [index, [one, rate]] of some.entries()) {
          const over = (fees[index] ?? 0n) * MAX_RATE - one * rate;
          expect(-MAX_RATE / 2n < over && over <= MAX_RATE / 2n).toBe(true);
        }
        const returned = await feesOf(some.map(([one, rate]) => [-one, rate]));
        expect(returned).toEqual(fees.map((fee) => -fee));
      }),
      { numRuns: 20 },
    );
  });

  it('equals the rule’s fee for every amount and rate, to the tiyn', async () => {
    const amount = fc.bigInt({ min: -MAX_TIYN, max: MAX_TIYN });
    const small = fc.bigInt({ min: -1_000_000n, max: 1_000_000n });
    const rate = fc.oneof(fc.bigInt({ min: 0n, max: MAX_RATE }), fc.constantFrom(1n, 5_000n, 500_000n, MAX_RATE));
    const pairs = fc.array(fc.tuple(fc.oneof(amount, small), rate), { minLength: 1, maxLength: 200 });
    await fc.assert(
      fc.asyncProperty(pairs, async (some) => {
        expect(await feesOf(some)).toEqual(some.map(([one, its]) => expectedFee(one, its)));
      }),
      { numRuns: 50 },
    );
    const [nothing] = await database.query('select registry_fee(null, 1) as amount, registry_fee(1, null) as rate');
    expect(nothing).toEqual({ amount: null, rate: null });
  });
});

describe('the rate of an operation', () => {
  const days = fc.nat(60).map((number) => addDays(day('2026-01-01'), number));
  const mccs = fc.constantFrom(null, '8021', '7032', '5411');
  const tariffs: fc.Arbitrary<Tariff[]> = fc.uniqueArray(
    fc.record({
      service: fc.constantFrom(...TARIFF_SERVICES),
      mcc: mccs,
      rate: fc.bigInt({ min: 0n, max: MAX_RATE }),
      validFrom: days,
    }),
    { selector: tariffKey, maxLength: 12 },
  );
  const operations = fc.array(fc.record({ service: fc.constantFrom(...TARIFF_SERVICES), mcc: mccs, day: days }), {
    minLength: 1,
    maxLength: 20,
  });

  async function ratesOf(some: readonly Operation[]) {
    const rows = await database.query<{ one: string | null; joined: string | null }>(
      `select registry_rate(o.service, o.mcc, o.day) as one, coalesce(own.rate, other.rate) as joined
       from unnest($1::text[], $2::text[], $3::date[]) with ordinality as o (service, mcc, day, n)
       left join registry_tariff_periods own on own.service = o.service and own.mcc = o.mcc
         and own.valid_from <= o.day and o.day < own.valid_until
       left join registry_tariff_periods other on other.service = o.service and other.mcc is null
         and other.valid_from <= o.day and o.day < other.valid_until
       order by o.n`,
      [some.map((one) => one.service), some.map(({ mcc }) => mcc), some.map((one) => one.day)],
    );
    const read = (rate: string | null) => (rate === null ? null : BigInt(rate));
    return { rates: rows.map(({ one }) => read(one)), joined: rows.map((row) => read(row.joined)) };
  }

  it('is the newest of its MCC that is valid on its day, else the newest without an MCC, else none', async () => {
    const tariff = (mcc: string | null, rate: bigint, validFrom: string): Tariff => ({
      ...{ service: 'PAYMENT', mcc, rate },
      validFrom: day(validFrom),
    });
    await server.app
      .get(Tariffs)
      .replaceTariffs(
        [
          tariff('8021', 4n, '2026-03-01'),
          tariff(null, 1n, '2026-01-01'),
          tariff(null, 2n, '2026-02-01'),
          tariff('8021', 3n, '2026-01-15'),
        ],
        'aigul',
      );
    const of = (mcc: string | null, on: string, service: Operation['service'] = 'PAYMENT') => ({
      service,
      mcc,
      day: day(on),
    });
    const { rates, joined } = await ratesOf([
      ...[of('8021', '2026-02-28'), of('8021', '2026-03-01'), of('8021', '2026-01-14'), of('5411', '2026-02-01')],
      ...[of(null, '2026-01-31'), of('8021', '2025-12-31'), of('8021', '2026-03-01', 'SERVICE')],
    ]);
    expect(rates).toEqual([3n, 4n, 1n, 2n, 1n, null, null]);
    expect(joined).toEqual(rates);
  });

  it('equals the rule’s rate, for one operation and in a join by periods', async () => {
    await fc.assert(
      fc.asyncProperty(tariffs, operations, async (given, some) => {
        await server.app.get(Tariffs).replaceTariffs(given, 'aigul');
        const { rates, joined } = await ratesOf(some);
        const expected = some.map((operation) => expectedTariff(given, operation)?.rate ?? null);
        expect(rates).toEqual(expected);
        expect(joined).toEqual(expected);
      }),
      { numRuns: 50 },
    );
  });
});
