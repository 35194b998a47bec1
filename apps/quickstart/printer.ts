const WIDTH = 62;

/** Where the output goes; colour on a terminal that wants it. */
export class Printer {
  private readonly coloured: boolean;

  constructor(
    private readonly output: NodeJS.WriteStream,
    env: Readonly<Record<string, string | undefined>>,
  ) {
    this.coloured = output.isTTY === true && (env.NO_COLOR ?? '') === '';
    // Whoever read it may be gone (`npm start | head`): that is no reason to end.
    output.on('error', () => {});
  }

  line(text = ''): void {
    this.output.write(`${text}\n`);
  }

  title(text: string): void {
    this.line(this.paint('1', text));
  }

  /** Something is done, and how long it took. */
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

/** Runs one step after another and prints how long each took. */
export class Steps {
  private since = performance.now();

  constructor(private readonly printer: Printer) {}

  done(text: string): void {
    const now = performance.now();
    this.printer.step(text, now - this.since);
    this.since = now;
  }

  /** What whoever started us should know, and what took no time. */
  note(text: string): void {
    this.printer.line(text);
  }
}
