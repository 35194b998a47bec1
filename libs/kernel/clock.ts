/**
 * The only source of the current time. Deadlines are computed from it and passed to the database as parameters, never from the
 * database's `now()`, so that tests can move time. Differences between the clocks of processes are reported by /health/ready.
 */
export abstract class Clock {
  abstract now(): Date;
}

export class SystemClock extends Clock {
  override now(): Date {
    return new Date();
  }
}

export function addMilliseconds(instant: Date, milliseconds: number): Date {
  return new Date(instant.getTime() + milliseconds);
}
