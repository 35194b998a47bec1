import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from '@jest/globals';
import { MAX_TIYN } from '@mpp/kernel';
import { readXlsx } from 'hucre/xlsx';
import { type Cell, type Column, csvOf, xlsxOf } from './spreadsheet.js';

const COLUMNS: readonly Column[] = [
  { header: 'what', holds: 'text' },
  { header: 'when', holds: 'moment' },
  { header: 'how much', holds: 'amount' },
];
const AT = new Date('2026-03-10T06:00:00.123Z');

async function* of(...rows: Cell[][]): AsyncGenerator<Cell[]> {
  yield* rows;
}

const csv = async (...rows: Cell[][]) => String(await buffer(csvOf(COLUMNS, of(...rows))));

async function xlsx(...rows: Cell[][]) {
  const file = await buffer(xlsxOf('Sheet', COLUMNS, of(...rows)));
  return (await readXlsx(file)).sheets[0]?.rows.slice(1) ?? [];
}

describe('a CSV file', () => {
  it('has a byte order mark, a header, commas and CRLF', async () => {
    expect(await csv(['счёт', AT, 12_345n], [null, null, null])).toBe(
      '\uFEFFwhat,when,how much\r\nсчёт,2026-03-10T06:00:00.123Z,123.45\r\n,,\r\n',
    );
  });

  it.each([
    ['a,b', '"a,b"'],
    ['say "no"', '"say ""no"""'],
    ['two\nlines', '"two\nlines"'],
    ['a;b', 'a;b'],
    [' blank ', ' blank '],
  ])('quotes %j as %j', async (text, written) => {
    expect(await csv([text, null, null])).toContain(`\r\n${written},,\r\n`);
  });

  it.each(['=1+1', '+7', '-1', '@SUM(A1)', '\t=1', '\r=1'])(
    'writes %j so that no spreadsheet computes it as a formula',
    async (text) => {
      expect(await csv([text, null, null])).toMatch(/\r\n"?'/);
    },
  );

  it('writes a negative amount as a number', async () => {
    expect(await csv([null, null, -1_200n])).toContain('\r\n,,-12.00\r\n');
  });
});

describe('an Excel file', () => {
  it('has a header, texts, moments and amounts', async () => {
    const file = await buffer(xlsxOf('Sheet', COLUMNS, of(['счёт', AT, 12_345n], [null, null, 5n])));
    const [sheet] = (await readXlsx(file)).sheets;
    expect(sheet?.name).toBe('Sheet');
    expect(sheet?.rows[0]).toEqual(['what', 'when', 'how much']);
    expect(sheet?.rows[1]?.[0]).toBe('счёт');
    expect(new Date(sheet?.rows[1]?.[1] as Date).toISOString()).toBe(AT.toISOString());
    expect(sheet?.rows[1]?.[2]).toBe(123.45);
    expect(sheet?.rows[2]?.[2]).toBe(0.05);
  });

  it.each([1n, -1n, 10n, 99n, 100n, 999_999_999_999_999n, -999_999_999_999_999n, 123_456_789_012_345n])(
    'has %s tiyn as a number that shows it to the tiyn',
    async (tiyn) => {
      const [row] = await xlsx([null, null, tiyn]);
      const shown = row?.[2] as number;
      expect(typeof shown).toBe('number');
      expect(BigInt(shown.toFixed(2).replace('.', ''))).toBe(tiyn);
      // As many digits as a spreadsheet shows.
      expect(Number(shown.toPrecision(15))).toBe(shown);
    },
  );

  it.each([
    [1_000_000_000_000_000n, '10000000000000.00'],
    [MAX_TIYN, '1000000000000000.00'],
    [-MAX_TIYN, '-1000000000000000.00'],
  ])('writes %s tiyn, which has more digits than a spreadsheet shows, as text', async (tiyn, text) => {
    expect((await xlsx([null, null, tiyn]))[0]?.[2]).toBe(text);
  });

  it.each(['=1+1', '+7', '-1', '@SUM(A1)', '00017', '2026-03-10'])('writes %j as text', async (text) => {
    expect((await xlsx([text, null, null]))[0]?.[0]).toBe(text);
  });
});

describe('the first rows of an Excel file', () => {
  /** Of each row whether it is bold, and where the sheet is frozen. */
  async function look(headRows?: number) {
    const rows = of(['total', AT, 3n], ['one', AT, 1n], ['two', AT, 2n]);
    const file = await buffer(
      headRows === undefined ? xlsxOf('Sheet', COLUMNS, rows) : xlsxOf('Sheet', COLUMNS, rows, headRows),
    );
    const [sheet] = (await readXlsx(file, { readStyles: true })).sheets;
    const bold = [0, 1, 2, 3].map((row) => sheet?.cells?.get(`${row},0`)?.style?.font?.bold === true);
    return { bold, frozen: sheet?.freezePane?.rows };
  }

  it('are bold and frozen: the header, and as many further rows as requested', async () => {
    expect(await look()).toEqual({ bold: [true, false, false, false], frozen: 1 });
    expect(await look(2)).toEqual({ bold: [true, true, false, false], frozen: 2 });
  });

  it('have each column’s own width, and each cell its column’s format', async () => {
    const columns: readonly Column[] = [
      { header: '#', holds: 'number' },
      { header: 'how much', holds: 'amount', format: '#,##0.00', width: 18 },
    ];
    const file = await buffer(xlsxOf('Sheet', columns, of([1, 123_456n], [2.5, null])));
    const [sheet] = (await readXlsx(file, { readStyles: true })).sheets;
    expect(sheet?.rows.slice(1)).toEqual(
      [
        [1, 1234.56],
        [2.5, null],
      ].map((row) => row.slice(0, sheet?.rows[1]?.length)),
    );
    expect(sheet?.columns?.map(({ width }) => width)).toEqual([10, 18]);
    expect(sheet?.cells?.get('1,1')?.style?.numFmt).toBe('#,##0.00');
  });
});

describe('both formats', () => {
  it('are streamed: the rows of a large file are never in memory at once', async () => {
    let made = 0;
    async function* rows(): AsyncGenerator<Cell[]> {
      for (; made < 200_000; made++) yield [`row ${made}`, AT, BigInt(made)];
    }
    for (const stream of [csvOf(COLUMNS, rows()), xlsxOf('Sheet', COLUMNS, rows())]) {
      made = 0;
      await stream[Symbol.asyncIterator]().next();
      expect(made).toBeLessThan(100_000);
      stream.destroy();
    }
  });

  it('end with an error if their rows end with one', async () => {
    async function* broken(): AsyncGenerator<Cell[]> {
      yield ['first', AT, 1n];
      throw new Error('the database is away');
    }
    for (const stream of [csvOf(COLUMNS, broken()), xlsxOf('Sheet', COLUMNS, broken())])
      await expect(buffer(stream)).rejects.toThrow('the database is away');
  });
});
