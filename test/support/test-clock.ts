import { Clock } from '@mpp/kernel';

/** A clock that only the test moves. */
export class TestClock extends Clock {
  constructor(private instant = new Date('2026-03-10T06:00:00.000Z')) {
    super();
  }

  override now(): Date {
    return new Date(this.instant);
  }

  advance(milliseconds: number): void {
    this.instant = new Date(this.instant.getTime() + milliseconds);
  }
}
