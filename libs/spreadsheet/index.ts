export { XLSX_MEDIA_TYPE } from './media-type.js';
export { type Cell, type Column, csvOf, type Rows, xlsxOf } from './spreadsheet.js';
export { type UnreadableReason, UnreadableWorkbook } from './unreadable-workbook.js';
export { XLSX_LIMITS, type XlsxLimits } from './xlsx-limits.js';
export { rowsOfXlsx, type SheetCell, type SheetRow, type SheetRows } from './xlsx-rows.js';
