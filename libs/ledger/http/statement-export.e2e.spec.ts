import { describe, expect, it } from '@jest/globals';
import type { CustomerId } from '@mpp/kernel';
import { readXlsx } from 'hucre/xlsx';
import { StatementFixture } from '../../../test/support/statement-fixture.js';
import { SHARED_ACCOUNTS } from '../domain/chart.js';

const fixture = new StatementFixture();

describe('the exported statement', () => {
  const header = 'entryId,purpose,reference,bookedAt,counterAccountId,counterKind,debit,credit,balance'.split(',');

  /** The expected rows, from the JSON statement. */
  async function expectedRows(query: string) {
    const { body } = await fixture.get(`accounts/${fixture.account}/statement?${query}`);
    const { items, openingBalance, closingBalance, debited, credited, from, to } = body;
    return { items, opening: [from, openingBalance], closing: [to, debited, credited, closingBalance] };
  }

  it('as CSV equals the statement, and no reference is read as a formula', async () => {
    const { headers, bytes } = await fixture.download(
      `accounts/${fixture.account}/statement.csv?${fixture.period(1, 3)}`,
    );
    expect(headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(headers.get('content-length')).toBe(String(bytes.length));
    expect(headers.get('content-disposition')).toBe(
      `attachment; filename="statement-${fixture.account}-2026-03-10-2026-03-10.csv"`,
    );
    const text = bytes.toString();
    expect(text.startsWith('\uFEFF')).toBe(true);
    const lines = text
      .slice(1, -2)
      .split('\r\n')
      .map((line) => line.split(','));
    const { items, opening, closing } = await expectedRows(fixture.period(1, 3));
    expect(lines).toEqual([
      header,
      ['', 'OPENING', '', opening[0], '', '', '', '', opening[1]],
      ...items.map((item) => Object.values({ ...item, reference: item.reference.replace(/^=/, "'=") })),
      ['', 'CLOSING', '', closing[0], '', '', closing[1], closing[2], closing[3]],
    ]);
    expect(lines).toHaveLength(9);
  });

  it('as an Excel file equals the statement, with amounts as numbers and references as texts', async () => {
    const { headers, bytes } = await fixture.download(
      `accounts/${fixture.account}/statement.xlsx?${fixture.period(2, 3)}`,
    );
    expect(headers.get('content-disposition')).toMatch(/filename="statement-.*\.xlsx"$/);
    const [sheet] = (await readXlsx(bytes)).sheets;
    const rows = (sheet?.rows ?? []).map((row) =>
      Array.from({ length: 9 }, (_, column) => {
        const cell = row[column] ?? null;
        return cell instanceof Date || Object.prototype.toString.call(cell) === '[object Date]'
          ? new Date(cell as Date).toISOString()
          : cell;
      }),
    );
    const { items, opening, closing } = await expectedRows(fixture.period(2, 3));
    expect(rows).toEqual([
      header,
      [null, 'OPENING', null, opening[0], null, null, null, null, Number(opening[1])],
      ...items.map(({ debit, credit, balance, ...item }) => [
        ...Object.values(item),
        ...[debit, credit, balance].map(Number),
      ]),
      [null, 'CLOSING', null, closing[0], null, null, ...closing.slice(1).map(Number)],
    ]);
    expect(rows[2]?.[2]).toBe('=hour 2');
  });

  it('of 2100 entries contains all of them', async () => {
    const other = (await fixture.customerAccounts.openAccount('T2' as CustomerId, 'счёт')).id;
    await fixture.database.query(
      `select ledger_post('DEPOSIT', 'bulk-' || n, $1, $2, 100, $3) from generate_series(1, 2100) n`,
      [SHARED_ACCOUNTS.FUNDING, other, fixture.clock.now()],
    );
    fixture.clock.advance(1);
    const { bytes } = await fixture.download(`accounts/${other}/statement.csv`);
    const balances = bytes
      .toString()
      .trim()
      .split('\r\n')
      .slice(2, -1)
      .map((line) => line.split(',').at(-1));
    expect(balances).toEqual(Array.from({ length: 2100 }, (_, index) => `${index + 1}.00`));
  });
});
