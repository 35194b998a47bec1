import { QueryFailedError } from 'typeorm';

interface PostgresFacts {
  code?: string;
  constraint?: string;
  /** What the statement did, for example which relation's row it was locking; without values. */
  where?: string;
}

const facts = (error: unknown): PostgresFacts =>
  error instanceof QueryFailedError ? (error.driverError as PostgresFacts) : ((error ?? {}) as PostgresFacts);

/** The name of the violated constraint; null for other errors. */
export function violatedConstraint(error: unknown): string | null {
  const { code, constraint } = facts(error);
  return code?.startsWith('23') ? (constraint ?? null) : null;
}

/** The role has no right to do this. */
export function isForbidden(error: unknown): boolean {
  return facts(error).code === '42501';
}

/** The table does not exist, or not in the search path. */
export function isMissingTable(error: unknown): boolean {
  return facts(error).code === '42P01';
}

/** Serialization failure or deadlock: the same transaction may succeed when it is repeated. */
export function isTransient(error: unknown): boolean {
  const { code } = facts(error);
  return code === '40001' || code === '40P01';
}

/** The server accepts no writes: a standby, or a primary that became one (read_only_sql_transaction). */
export function isReadOnly(error: unknown): boolean {
  return facts(error).code === '25006';
}

/** Another transaction kept a lock for longer than `lock_timeout`. Nothing of the statement's transaction was written. */
function isLockTimeout(error: unknown): boolean {
  return facts(error).code === '55P03';
}

// Connection exceptions (class 08), no resources (53: connections, disk, memory), intervention (57: shutdown, start,
// time limits), a standby after a failover (25006), and the operating system's codes.
const AWAY =
  /^(08...|53...|57...|25006|ECONN(REFUSED|RESET|ABORTED)|E(HOST|NET)(UNREACH|DOWN)|ENOENT|ENOTFOUND|EAI_AGAIN|EPIPE|ETIMEDOUT)$/;

/** The database is unavailable. A write that was under way may have been committed or not. */
export function isDatabaseAway(error: unknown): boolean {
  const { code } = facts(error);
  if (code !== undefined) return AWAY.test(code);
  return (
    error instanceof Error &&
    /connection terminated|timeout exceeded when trying to connect|connection error|query read timeout/i.test(
      error.message,
    )
  );
}

/** The same work may succeed later: nothing is wrong with it. */
export function isTemporary(error: unknown): boolean {
  return isTransient(error) || isLockTimeout(error) || isDatabaseAway(error);
}

/** The log line of a {@link isTemporary temporary} error, and whether other transactions were in the way; null for any other error. */
export function describeTemporary(error: unknown): { readonly line: string; readonly busy: boolean } | null {
  const { message } = error as Error;
  if (isLockTimeout(error)) {
    const where = facts(error).where?.split('\n')[0];
    return { line: `another transaction keeps a lock: ${where ? `${message}, ${where}` : message}`, busy: true };
  }
  if (isTransient(error)) return { line: `transactions exclude each other: ${message}`, busy: true };
  return isDatabaseAway(error) ? { line: `the database is away: ${message}`, busy: false } : null;
}

/**
 * Whatever follows on the connection of this error would fail too: the server ends it or accepts no writes, a pooler lost its server,
 * or the client gave up waiting.
 */
export function breaksConnection(error: unknown): boolean {
  return isUnanswered(error) || /^(08...|57P0[1-5]|25006)$/.test(facts(error).code ?? '');
}

/** The time limit of the client ended the wait for a statement: its connection cannot be used any more. */
function isUnanswered(error: unknown): boolean {
  return error instanceof Error && error.message === 'Query read timeout';
}
