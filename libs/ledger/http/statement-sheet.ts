import type { Cell, Column } from '@mpp/spreadsheet';
import type { Statement } from '../domain/statement.js';

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

/** The opening balance, the entries of all pages, and the closing balance under the sums of both sides. */
export async function* statementRows(pages: AsyncIterable<Statement>): AsyncGenerator<Cell[]> {
  let last: Statement | null = null;
  for await (const page of pages) {
    if (last === null) yield balanceRow('OPENING', page.period.from, null, page.opening);
    last = page;
    for (const { turnover, ...line } of page.lines) {
      const about = [
        line.entryId,
        line.purpose,
        line.reference,
        line.bookedAt,
        line.counterAccountId,
        line.counterKind,
      ];
      yield [...about, turnover.debited, turnover.credited, line.balance];
    }
  }
  if (last !== null) yield balanceRow('CLOSING', last.period.to, last.moved, last.closing);
}

function balanceRow(name: string, at: Date | null, moved: Statement['moved'] | null, balance: bigint): Cell[] {
  return [null, name, null, at, null, null, moved?.debited ?? null, moved?.credited ?? null, balance];
}
