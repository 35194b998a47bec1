import { Clock } from '@mpp/kernel';
import type { DatabaseClock } from '@mpp/platform';

/** A clock that only the test moves, with a database's clock that agrees with it until the test sets this one. */
export class TestClock extends Clock {
  private aheadMs = 0;
  /** The clock of the database, to which the test's servers are given this one. */
  readonly ofDatabase: DatabaseClock = { timeOf: () => new Date(this.time.passed) };
  private readonly time: { passed: Date };

  /** With another clock: time passes for both at once, and each is set on its own. */
  constructor(start: Date | TestClock = new Date('2026-03-10T06:00:00.000Z')) {
    super();
    this.time = start instanceof TestClock ? start.time : { passed: start };
  }

  override now(): Date {
    return new Date(this.time.passed.getTime() + this.aheadMs);
  }

  override monotonicMs(): number {
    return this.time.passed.getTime();
  }

  /** Time passes, for this clock and for that of the database. */
  advance(milliseconds: number): void {
    this.time.passed = new Date(this.time.passed.getTime() + milliseconds);
  }

  /** Somebody sets this clock so far ahead of the database's; negative: behind. No time passes. */
  set(aheadMs: number): void {
    this.aheadMs = aheadMs;
  }
}
