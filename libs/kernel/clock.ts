/**
 * The only source of the present moment. Deadlines and due times are computed from it and handed to the database as
 * parameters, never read from the database's `now()`: several processes then differ by their clocks alone, which
 * /health/ready reports, and tests move time without waiting.
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
