/** One comparison of the database's clock with the monotonic one of this process. All in milliseconds. */
export interface ClockReading {
  /** The database's time since 1970, less the monotonic time at the same moment. */
  readonly offsetMs: number;
  /** How far the true offset may be from `offsetMs`: when within the round trip the database read its clock is not known. */
  readonly uncertaintyMs: number;
  /** Monotonic. */
  readonly takenAtMs: number;
}

/** A statement was sent and answered at these monotonic times, and the database read its clock in between. */
export function clockReading(databaseTime: Date, sentAtMs: number, answeredAtMs: number): ClockReading {
  const uncertaintyMs = (answeredAtMs - sentAtMs) / 2;
  return {
    offsetMs: databaseTime.getTime() - (sentAtMs + uncertaintyMs),
    uncertaintyMs,
    takenAtMs: answeredAtMs,
  };
}

/** How far a clock is ahead of the database's, which is computed by the time that has passed since the reading; negative: behind. */
export function skewMs({ offsetMs }: ClockReading, now: Date, monotonicMs: number): number {
  return now.getTime() - (offsetMs + monotonicMs);
}

/** The part of the skew that a slow statement does not explain. */
export function provenSkewMs({ uncertaintyMs }: ClockReading, skew: number): number {
  return Math.max(0, Math.abs(skew) - uncertaintyMs);
}

/** For log lines: `3600000 ms ahead of`. */
export function describeSkew(skew: number): string {
  return `${Math.abs(Math.round(skew))} ms ${skew < 0 ? 'behind' : 'ahead of'}`;
}
