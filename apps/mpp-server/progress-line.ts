const BAR_WIDTH = 30;

/** The part of a stream that it needs. */
export interface Output {
  readonly isTTY?: boolean | undefined;
  write(text: string): unknown;
}

/** Shows progress: one line that is redrawn on a terminal, else a line for each tenth. */
export class ProgressLine {
  private drawn = '';
  private tenths = 0;

  constructor(private readonly output: Output) {}

  /** `total` is null or 0 while it is unknown, and may be lower than `rows`. */
  show(rows: number, total: number | null): void {
    const percent = total === null || total <= 0 ? null : Math.min(100, Math.floor((rows * 100) / total));
    if (this.output.isTTY === true) this.draw(rows, total, percent);
    else this.print(rows, total, percent);
  }

  /** Clears the line on a terminal. */
  end(): void {
    if (this.drawn !== '') this.output.write('\r\x1b[K');
    this.drawn = '';
  }

  private draw(rows: number, total: number | null, percent: number | null): void {
    const filled = Math.round(((percent ?? 0) * BAR_WIDTH) / 100);
    const bar = `[${'#'.repeat(filled)}${'-'.repeat(BAR_WIDTH - filled)}]`;
    const line = percent === null ? `${rows} rows` : `${bar} ${percent} % ${rows} of ${total} rows`;
    if (line === this.drawn) return;
    this.drawn = line;
    this.output.write(`\r\x1b[K${line}`);
  }

  private print(rows: number, total: number | null, percent: number | null): void {
    const tenths = Math.floor((percent ?? 0) / 10);
    if (tenths <= this.tenths) return;
    this.tenths = tenths;
    this.output.write(`${tenths * 10} % ${rows} of ${total} rows\n`);
  }
}
