/**
 * The only source of the current time. Deadlines are computed from it and passed to the database as parameters, never from the
 * database's `now()`, so that tests can move time. A process whose clock differs from the database's neither debits nor works in
 * the background (R42, `ClockCheck`).
 */
export abstract class Clock {
  abstract now(): Date;

  /** Milliseconds since some moment in the past. Setting the clock does not change them: for intervals within this process. */
  abstract monotonicMs(): number;
}

export class SystemClock extends Clock {
  override now(): Date {
    return new Date();
  }

  override monotonicMs(): number {
    return performance.now();
  }
}

export function addMilliseconds(instant: Date, milliseconds: number): Date {
  return new Date(instant.getTime() + milliseconds);
}
