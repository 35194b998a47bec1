/** Runs the main function of a command. The process exits with its result, or prints the error and exits with `failed`. */
export function runCommand(main: () => Promise<number>, failed: number): void {
  main().then(
    (code) => {
      process.exitCode = code;
    },
    (error: Error) => {
      process.stderr.write(`${error.message}\n`);
      process.exitCode = failed;
    },
  );
}

export function printLine(line: string): void {
  process.stdout.write(`${line}\n`);
}
