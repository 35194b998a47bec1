/** A problem that the user of `npm start` can fix. Its message is printed without a stack. */
export class CannotStart extends Error {
  override readonly name = 'CannotStart';
}

/** The code of a system error (ENOENT, EADDRINUSE) or of a PostgreSQL one (57P03); undefined for any other. */
export function codeOf(error: unknown): string | undefined {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string'
    ? error.code
    : undefined;
}

export function messageOf(error: unknown): string {
  // Node reports a connect that failed on several addresses as an AggregateError without a message.
  if (error instanceof AggregateError && error.message === '') return error.errors.map(messageOf).join('; ');
  return typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : String(error);
}
