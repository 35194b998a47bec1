import { inTemporaryFile } from '@mpp/platform';
import {
  rowsOfXlsx,
  type SheetCell,
  type SheetRow,
  type UnreadableReason,
  XLSX_LIMITS,
  type XlsxLimits,
} from '@mpp/spreadsheet';
import { sheetXml, workbookOfRows } from './workbooks.js';

export const SHEET = { xml: sheetXml('<row><c><v>1</v></c></row>') };
export const BROKEN = 'UnreadableWorkbook BROKEN';
export const NOT_XLSX = 'UnreadableWorkbook NOT_XLSX';
export const TOO_LARGE = 'UnreadableWorkbook TOO_LARGE';
export const ENCRYPTED = 'UnreadableWorkbook ENCRYPTED';

export async function readWorkbook(content: Uint8Array, limits: Partial<XlsxLimits> = {}): Promise<SheetRow[]> {
  const rows: SheetRow[] = [];
  await inTemporaryFile([content], async (path) => {
    for await (const batch of rowsOfXlsx(path, { ...XLSX_LIMITS, ...limits })) rows.push(...batch.rows);
  });
  return rows;
}

/** The index of the sheet and the first cell of each row. */
export async function readSheets(content: Uint8Array): Promise<[sheet: number, cell: SheetCell][]> {
  const found: [number, SheetCell][] = [];
  await inTemporaryFile([content], async (path) => {
    for await (const { sheet, rows } of rowsOfXlsx(path))
      for (const { cells } of rows) found.push([sheet, cells[0] ?? null]);
  });
  return found;
}

export async function readCells(rowsXml: string): Promise<(readonly unknown[])[]> {
  return (await readWorkbook(workbookOfRows(rowsXml))).map(({ cells }) => cells);
}

/** Why the content is not a workbook; “read” if it is. */
export async function refusalOfWorkbook(content: Uint8Array, limits?: Partial<XlsxLimits>): Promise<string> {
  return readWorkbook(content, limits).then(
    () => 'read',
    (error: { name: string; reason: UnreadableReason }) => `${error.name} ${error.reason}`,
  );
}
