import { QueryFailedError } from 'typeorm';

interface PostgresFacts {
  code?: string;
  constraint?: string;
}

const facts = (error: unknown): PostgresFacts =>
  error instanceof QueryFailedError ? (error.driverError as PostgresFacts) : ((error ?? {}) as PostgresFacts);

/** The name of the constraint that refused a write, or null where the error is something else. */
export function violatedConstraint(error: unknown): string | null {
  const { code, constraint } = facts(error);
  return code?.startsWith('23') ? (constraint ?? null) : null;
}

/** The role that asked has no right to it. */
export function isForbidden(error: unknown): boolean {
  return facts(error).code === '42501';
}

/** Serialization failure or deadlock: the same transaction may well succeed when it is tried again. */
export function isTransient(error: unknown): boolean {
  const { code } = facts(error);
  return code === '40001' || code === '40P01';
}

// Connection exceptions (class 08), no resources (53: connections, disk, memory), told to stop (57: shutting down,
// starting, our own time limits), a lock that did not come (55P03), a standby after a failover (25006), and the system's codes.
const AWAY =
  /^(08...|53...|57...|55P03|25006|ECONN(REFUSED|RESET|ABORTED)|E(HOST|NET)(UNREACH|DOWN)|ENOENT|ENOTFOUND|EAI_AGAIN|EPIPE|ETIMEDOUT)$/;

/** The database could not be asked. Nothing is known of what happened to a write that was on its way. */
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

/** Our own time limit ended the wait for a statement: its connection is of no use any more. */
export function isUnanswered(error: unknown): boolean {
  return error instanceof Error && error.message === 'Query read timeout';
}
