import { QueryFailedError } from 'typeorm';

interface PostgresFacts {
  code?: string;
  constraint?: string;
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

// Connection exceptions (class 08), no resources (53: connections, disk, memory), intervention (57: shutdown, start,
// time limits), a lock timeout (55P03), a standby after a failover (25006), and the operating system's codes.
const AWAY =
  /^(08...|53...|57...|55P03|25006|ECONN(REFUSED|RESET|ABORTED)|E(HOST|NET)(UNREACH|DOWN)|ENOENT|ENOTFOUND|EAI_AGAIN|EPIPE|ETIMEDOUT)$/;

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

/** The time limit of the client ended the wait for a statement: its connection cannot be used any more. */
export function isUnanswered(error: unknown): boolean {
  return error instanceof Error && error.message === 'Query read timeout';
}
