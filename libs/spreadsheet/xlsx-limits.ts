/** What is read at most. Bytes of parts are counted unpacked, as the file declares them, before anything is unpacked. */
export interface XlsxLimits {
  readonly fileBytes: number;
  readonly sheetBytes: number;
  readonly sharedStringsBytes: number;
  /** Of each of the small parts: which sheets there are, what styles. */
  readonly partBytes: number;
  /** Over all cells: strings that are shared may be named any number of times. */
  readonly textChars: number;
  /** Cells to the right of it are not read. */
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
