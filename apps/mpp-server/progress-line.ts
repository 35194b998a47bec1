const BAR_WIDTH = 30;

/** As much of a stream as it takes. */
export interface Output {
  readonly isTTY?: boolean | undefined;
  write(text: string): unknown;
}

/** How far a work has got: one line that is drawn anew on a terminal, else a line for each tenth of it. */
export class ProgressLine {
  private drawn = '';
  private tenths = 0;

  constructor(private readonly output: Output) {}

  /** `of` is null, or 0, as long as nobody knows; what was stated may turn out to be too little. */
  show(rows: number, of: number | null): void {
    const percent = of === null || of <= 0 ? null : Math.min(100, Math.floor((rows * 100) / of));
    if (this.output.isTTY === true) this.draw(rows, of, percent);
    else this.tell(rows, of, percent);
  }

  /** Whatever is written next begins at an empty line. */
  end(): void {
    if (this.drawn !== '') this.output.write('\r\x1b[K');
    this.drawn = '';
  }

  private draw(rows: number, of: number | null, percent: number | null): void {
    const filled = Math.round(((percent ?? 0) * BAR_WIDTH) / 100);
    const bar = `[${'#'.repeat(filled)}${'-'.repeat(BAR_WIDTH - filled)}]`;
    const line = percent === null ? `${rows} rows` : `${bar} ${percent} % ${rows} of ${of} rows`;
    if (line === this.drawn) return;
    this.drawn = line;
    this.output.write(`\r\x1b[K${line}`);
  }

  private tell(rows: number, of: number | null, percent: number | null): void {
    const tenths = Math.floor((percent ?? 0) / 10);
    if (tenths <= this.tenths) return;
    this.tenths = tenths;
    this.output.write(`${tenths * 10} % ${rows} of ${of} rows\n`);
  }
}
