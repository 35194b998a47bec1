/** Stable: registries that failed keep it. */
export type UnreadableReason =
  /** Something else: an old .xls, a web page, a text, another archive, nothing at all. */
  | 'NOT_XLSX'
  /** It, or what it would unpack to, is more than is read. */
  | 'TOO_LARGE'
  /** It needs a password. */
  | 'ENCRYPTED'
  /** Cut off, damaged, or not made as a workbook is. */
  | 'BROKEN';

/** A file that cannot be read as an .xlsx workbook, whatever was the matter with it. */
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
