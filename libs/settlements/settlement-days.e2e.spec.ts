import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { HOUR_MS, type SettledDayBody, SettlementsFixture } from '../../test/support/settlements-fixture.js';

let fixture: SettlementsFixture;

beforeAll(async () => {
  fixture = await SettlementsFixture.start();
});

beforeEach(() => {
  fixture.beginNextDay();
});

afterAll(() => fixture.stop());

describe('The newest daily registry of a day', () => {
  /** A registry as it is after reading, with payments, refunds and one operation that is not confirmed. */
  async function insertRegistry(
    purchases: number[],
    refunds: number[],
    status = 'RECONCILED',
    from = fixture.today,
  ): Promise<string> {
    const id = randomUUID();
    await fixture.database.query(
      `insert into registries (id, content_hash, name, size, source, received_at, status, kind, period_from, period_to,
         rows, amount, fee, reconciled_at, accepted_at, accepted_by)
       values ($1::uuid, md5($1::text) || md5($1::text), 'r.xlsx', 1, 'UPLOAD', $2::timestamptz, $3::text, 'DAILY', $4, $5, 0, 0, 0, $2::timestamptz,
         case when $3::text = 'ACCEPTED' then $2::timestamptz end, case when $3::text = 'ACCEPTED' then 'aigerim' end)`,
      [id, fixture.clock.now(), status, from, fixture.today],
    );
    const rows = [
      ...purchases.map((amount) => ['PURCHASE', true, amount]),
      ...refunds.map((amount) => ['REFUND', true, amount]),
      ['PURCHASE', false, 77_700],
    ];
    for (const [index, [type, confirmed, amount]] of rows.entries()) {
      await fixture.database.query(
        'insert into registry_rows (registry_id, row, type, confirmed, at, amount) values ($1, $2, $3, $4, $5, $6)',
        [id, index + 3, type, confirmed, fixture.clock.now(), amount],
      );
    }
    fixture.clock.advance(1000);
    return id;
  }

  it('is shown with the sums of the books and whether both agree', async () => {
    const purchase = await fixture.buy('1000');
    await fixture.refund(purchase, '200.00');
    await insertRegistry([1], []);
    const right = await insertRegistry([100_000], [20_000]);
    expect(await fixture.readDay()).toMatchObject({
      registry: {
        registryId: right,
        payments: { count: 1, amount: '1000.00' },
        refunds: { count: 1, amount: '200.00' },
      },
      agrees: true,
    });
    const wrong = await insertRegistry([100_000], [20_001], 'ACCEPTED');
    expect(await fixture.readDay()).toMatchObject({ registry: { registryId: wrong }, agrees: false });
    await fixture.settle('800.00');
  });

  it('that covers a weekend is summed for each day', async () => {
    const yesterday = new Date(fixture.clock.now().getTime() - 24 * HOUR_MS).toISOString().slice(0, 10);
    const id = await insertRegistry([500], [], 'RECONCILED', yesterday);
    const none = { count: 0, amount: '0.00' };
    const { body } = await fixture.callSettlements('GET', `?from=${yesterday}&to=${fixture.today}`);
    expect(body.items).toMatchObject([
      { date: yesterday, registry: { registryId: id, payments: none, refunds: none } },
      { date: fixture.today, registry: { registryId: id, payments: { count: 1, amount: '5.00' } }, agrees: false },
    ]);
  });
});

describe('The list of days', () => {
  it('contains the last seven days by default, also those without operations', async () => {
    await fixture.buy('10');
    const { body } = await fixture.callSettlements('GET', '');
    const items = body.items as SettledDayBody[];
    expect(items).toHaveLength(7);
    expect(items.at(-1)).toEqual(await fixture.readDay());
    await fixture.settle('10');
  });

  it.each([
    ['?from=2026-03-10&to=2026-03-09', 'from'],
    ['?from=2026-03-32', 'from'],
    ['?to=today', 'to'],
    ['?from=2026-01-01&to=2026-02-01', 'to'],
    ['?from=2000-01-01&to=2999-12-31', 'to'],
  ])('refuses the query %s', async (query, field) => {
    expect(await fixture.callSettlements('GET', query)).toMatchObject({ status: 400, body: { errors: [{ field }] } });
  });

  it('has no entry for a date that does not exist: 404', async () => {
    for (const day of ['2026-02-30', 'today', '1926-03-10'])
      expect([
        (await fixture.callSettlements('GET', `/${day}`)).status,
        (await fixture.settle('1', 'r', day)).status,
      ]).toEqual([404, 404]);
  });

  it.each(['1e2', '+1', '1 000', '1,00', '--1', '', '1.001', '12345678901234567'])(
    'refuses the amount %j',
    async (amount) => {
      expect(await fixture.settle(amount)).toMatchObject({ status: 400, body: { errors: [{ field: 'amount' }] } });
    },
  );
});

it('When all days are settled, nothing is outstanding between Kaspi and us', async () => {
  await fixture.expectNothingOutstanding();
});
