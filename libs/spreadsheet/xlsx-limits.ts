/** Limits of a workbook. Unpacked sizes are those that the file declares, and are checked before unpacking. */
export interface XlsxLimits {
  readonly fileBytes: number;
  readonly sheetBytes: number;
  readonly sharedStringsBytes: number;
  /** Of each small part, such as the list of sheets and the styles. */
  readonly partBytes: number;
  /** Of all cells: shared strings may be used any number of times. */
  readonly textChars: number;
  /** Cells to the right of this column are not read. */
  readonly columns: number;
}

const MIB = 1024 * 1024;

/** A million rows of a registry are 0.7 GiB of XML. */
export const XLSX_LIMITS: XlsxLimits = {
  fileBytes: 256 * MIB,
  sheetBytes: 2048 * MIB,
  sharedStringsBytes: 256 * MIB,
  partBytes: 4 * MIB,
  textChars: 2048 * MIB,
  columns: 256,
};
