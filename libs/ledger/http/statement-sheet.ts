import type { Cell, Column } from '@mpp/spreadsheet';
import type { Statement } from '../domain/statement.js';
import type { Turnover } from '../domain/turnover.js';

/** The columns of an exported statement, named as the API names them. */
export const STATEMENT_COLUMNS: readonly Column[] = [
  { header: 'entryId', holds: 'text' },
  { header: 'purpose', holds: 'text' },
  { header: 'reference', holds: 'text' },
  { header: 'bookedAt', holds: 'moment' },
  { header: 'counterAccountId', holds: 'text' },
  { header: 'counterKind', holds: 'text' },
  { header: 'debit', holds: 'amount' },
  { header: 'credit', holds: 'amount' },
  { header: 'balance', holds: 'amount' },
];

/** A row with the opening balance, the entries of all pages, and a row with the sums and the closing balance. */
export async function* statementRows(pages: AsyncIterable<Statement>): AsyncGenerator<Cell[]> {
  let last: Statement | null = null;
  for await (const page of pages) {
    if (last === null) yield balanceRow('OPENING', page.period.from, null, page.openingBalance);
    last = page;
    for (const { turnover, ...line } of page.lines) {
      const columns = [
        line.entryId,
        line.purpose,
        line.reference,
        line.bookedAt,
        line.counterAccountId,
        line.counterKind,
      ];
      yield [...columns, turnover.debited, turnover.credited, line.balance];
    }
  }
  if (last !== null) yield balanceRow('CLOSING', last.period.to, last.turnover, last.closingBalance);
}

function balanceRow(name: string, at: Date | null, sums: Turnover | null, balance: bigint): Cell[] {
  return [null, name, null, at, null, null, sums?.debited ?? null, sums?.credited ?? null, balance];
}
