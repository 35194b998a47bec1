import { describe, expect, it, jest } from '@jest/globals';
import { ReportDatabase } from '@mpp/platform';
import { HOUR, StatementFixture } from '../../../test/support/statement-fixture.js';
import { until } from '../../../test/support/until.js';
import { SHARED_ACCOUNTS } from '../domain/chart.js';

const { FUNDING, IN_TRANSIT, DIFFERENCES, PAYABLE_TO_KASPI } = SHARED_ACCOUNTS;
const fixture = new StatementFixture();

describe('the statement of an account', () => {
  it('contains its entries in journal order, each with the balance after it', async () => {
    const { status, body } = await fixture.get(`accounts/${fixture.account}/statement`);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      account: { id: fixture.account, kind: 'CUSTOMER', customerId: 'T1', balance: '180.00' },
      from: null,
      to: fixture.clock.now().toISOString(),
      openingBalance: '0.00',
      debited: '120.00',
      credited: '300.00',
      closingBalance: '180.00',
      nextCursor: null,
    });
    expect(body.items.map(({ debit, credit, balance }) => [debit, credit, balance])).toEqual([
      ['0.00', '100.00', '100.00'],
      ['10.00', '0.00', '90.00'],
      ['10.00', '0.00', '80.00'],
      ['0.00', '100.00', '180.00'],
      ['20.00', '0.00', '160.00'],
      ['20.00', '0.00', '140.00'],
      ['0.00', '100.00', '240.00'],
      ['30.00', '0.00', '210.00'],
      ['30.00', '0.00', '180.00'],
    ]);
    expect(body.items[1]).toEqual({
      entryId: expect.stringMatching(/^\d+$/),
      purpose: 'PAYMENT',
      reference: '1a',
      bookedAt: fixture.begins[0]?.toISOString(),
      counterAccountId: IN_TRANSIT,
      counterKind: 'IN_TRANSIT',
      debit: '10.00',
      credit: '0.00',
      balance: '90.00',
    });
  });

  it('of a period starts with the balance before it and includes its first moment, not its last', async () => {
    const { body } = await fixture.get(`accounts/${fixture.account}/statement?${fixture.period(2, 3)}`);
    expect(body).toMatchObject({
      openingBalance: '80.00',
      debited: '40.00',
      credited: '100.00',
      closingBalance: '140.00',
    });
    expect(body.items.map(({ reference }) => reference)).toEqual(['=hour 2', '2a', '2b']);
  });

  it('of a shared account has balances that are positive on the account’s normal side', async () => {
    const transit = await fixture.get(`accounts/${IN_TRANSIT}/statement?limit=1`);
    expect(transit.body).toMatchObject({ closingBalance: '120.00', items: [{ credit: '10.00', balance: '10.00' }] });
    const funding = await fixture.get(`accounts/${FUNDING}/statement?limit=1`);
    expect(funding.body).toMatchObject({ closingBalance: '300.00', items: [{ debit: '100.00', balance: '100.00' }] });
  });

  it('continues on the next page after the last entry, without entries that are posted meanwhile', async () => {
    const first = await fixture.get(`accounts/${fixture.account}/statement?limit=4`);
    // One entry within the period, by a process with a slow clock, and one after it.
    await fixture.pay('in between', 1, fixture.begins[2]);
    fixture.clock.advance(HOUR);
    await fixture.pay('later', 1);
    const pages = [first.body];
    for (let cursor = first.body.nextCursor; cursor !== null; cursor = pages.at(-1)?.nextCursor ?? null)
      pages.push((await fixture.get(`accounts/${fixture.account}/statement?limit=4&cursor=${cursor}`)).body);
    expect(pages).toHaveLength(3);
    expect(pages.flatMap(({ items }) => items).map(({ balance }) => balance)).toEqual([
      '100.00',
      '90.00',
      '80.00',
      '180.00',
      '160.00',
      '140.00',
      '240.00',
      '210.00',
      '180.00',
    ]);
    expect(new Set(pages.map(({ to, closingBalance }) => `${to} ${closingBalance}`)).size).toBe(1);
    expect((await fixture.get(`accounts/${fixture.account}/statement`)).body).toMatchObject({
      closingBalance: '179.99',
    });
  });

  it('waits for an open transaction that has written an entry, so that no page misses it', async () => {
    const slow = await fixture.database.connect();
    await slow.query('begin');
    await slow.query("select ledger_post('DIFFERENCE', 'slow', $1, $2, 1, $3)", [
      DIFFERENCES,
      PAYABLE_TO_KASPI,
      fixture.clock.now(),
    ]);
    await fixture.database.query("select ledger_post('DIFFERENCE', 'quick', $1, $2, 1, $3)", [
      DIFFERENCES,
      PAYABLE_TO_KASPI,
      fixture.clock.now(),
    ]);
    fixture.clock.advance(1);
    const query = jest.spyOn(fixture.server.app.get(ReportDatabase), 'query');
    const statement = fixture.get(`accounts/${DIFFERENCES}/statement?limit=1`);
    const polls = () => query.mock.calls.filter(([sql]) => sql.includes('pg_locks')).length;
    await until('a second poll of the writers', polls, (count) => count > 1);
    query.mockRestore();
    await slow.query('commit');
    await slow.end();
    const { body } = await statement;
    expect(body).toMatchObject({ closingBalance: '0.02', items: [{ reference: 'slow', balance: '0.01' }] });
  });

  it.each([
    ['from=2026-03-10', 'from'],
    ['to=yesterday', 'to'],
    ['from=2026-03-11T00:00:00Z&to=2026-03-10T00:00:00Z', 'from'],
    ['cursor=abc', 'cursor'],
    [`cursor=${Buffer.from('1~2').toString('base64url')}`, 'cursor'],
    [`cursor=${Buffer.from('1~2~3~4').toString('base64url')}`, 'cursor'],
    ['limit=0', 'limit'],
  ])('with %s is answered with 400', async (query, field) => {
    const answer = await fixture.get<Record<string, unknown>>(`accounts/${fixture.account}/statement?${query}`);
    expect(answer).toMatchObject({ status: 400, body: { code: 'VALIDATION_FAILED', errors: [{ field }] } });
  });

  it.each(['statement', 'statement.csv', 'statement.xlsx', ''])(
    'of an unknown account is answered with 404: /%s',
    async (path) => {
      for (const id of ['00000000-0000-7000-8000-00000000dead', 'main'])
        expect(await fixture.get(`accounts/${id}/${path}`)).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
    },
  );
});
