/** Stable codes: failed registries store them. */
export type UnreadableReason =
  /** Another format, such as .xls, HTML, text or another archive, or an empty file. */
  | 'NOT_XLSX'
  /** The file or its unpacked content exceeds the limits. */
  | 'TOO_LARGE'
  /** The workbook has a password. */
  | 'ENCRYPTED'
  /** Truncated, damaged or malformed. */
  | 'BROKEN';

/** A file that cannot be read as an .xlsx workbook. */
export class UnreadableWorkbook extends Error {
  override readonly name = 'UnreadableWorkbook';
  readonly reason: UnreadableReason;
  readonly what: string;

  constructor(reason: UnreadableReason, what: string) {
    super(`${reason}: ${what}`);
    this.reason = reason;
    this.what = what;
  }
}
