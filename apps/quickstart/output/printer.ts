const WIDTH = 62;

/** Prints lines, on a terminal with colour unless NO_COLOR is set. */
export class Printer {
  private readonly coloured: boolean;

  constructor(
    private readonly output: NodeJS.WriteStream,
    env: Readonly<Record<string, string | undefined>>,
  ) {
    this.coloured = output.isTTY === true && (env.NO_COLOR ?? '') === '';
    // The reader may have ended (`npm start | head`); the server continues.
    output.on('error', () => {});
  }

  line(text = ''): void {
    this.output.write(`${text}\n`);
  }

  title(text: string): void {
    this.line(this.paint('1', text));
  }

  /** A finished step and its duration. */
  step(text: string, milliseconds: number): void {
    const seconds = `${(milliseconds / 1000).toFixed(1)} s`;
    this.line(`${text.padEnd(WIDTH)} ${this.paint('2', seconds.padStart(6))}`);
  }

  fact(name: string, value: string): void {
    this.line(`  ${name.padEnd(22)} ${value}`);
  }

  private paint(code: string, text: string): string {
    return this.coloured ? `\u001b[${code}m${text}\u001b[0m` : text;
  }
}

/** Prints each step with the time since the previous one. */
export class Steps {
  private since = performance.now();

  constructor(private readonly printer: Printer) {}

  done(text: string): void {
    const now = performance.now();
    this.printer.step(text, now - this.since);
    this.since = now;
  }

  /** Prints a line without a duration. */
  note(text: string): void {
    this.printer.line(text);
  }
}
