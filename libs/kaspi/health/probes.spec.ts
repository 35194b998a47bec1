import { beforeAll, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { AWAY_AFTER, createHealth, PROBE_EVERY_MS } from '../../../test/support/kaspi-health.js';
import { NO_ANSWER, SUCCESS } from '../../../test/support/kaspi-outcomes.js';

beforeAll(() => Logger.overrideLogger(false));

describe('while the PS is AWAY', () => {
  function createAwayHealth() {
    const created = createHealth();
    created.record('notifyPayment', NO_ANSWER, AWAY_AFTER);
    return created;
  }

  it('one confirm is let through as a probe after each pause, to the millisecond', () => {
    const { clock, health } = createAwayHealth();
    for (let round = 0; round < 3; round++) {
      expect(health.admitsDebit()).toBe(false);
      clock.advance(PROBE_EVERY_MS - 1);
      expect(health.admitsDebit()).toBe(false);
      clock.advance(1);
      expect([health.admitsDebit(), health.admitsDebit(), health.admitsDebit()]).toEqual([true, false, false]);
    }
  });

  it('one confirm is let through after many pauses without calls, not one for each pause', () => {
    const { clock, health } = createAwayHealth();
    clock.advance(10 * PROBE_EVERY_MS);
    expect([health.admitsDebit(), health.admitsDebit()]).toEqual([true, false]);
  });

  it('the repeat of a notify is a probe: no confirm is let through as long as notifies are repeated', () => {
    const { clock, record, health } = createAwayHealth();
    for (let repeat = 0; repeat < 5; repeat++) {
      clock.advance(PROBE_EVERY_MS - 1);
      expect(health.admitsDebit()).toBe(false);
      record('notifyPayment', NO_ANSWER);
    }
    clock.advance(PROBE_EVERY_MS - 1);
    record('scan', NO_ANSWER);
    clock.advance(1);
    expect(health.admitsDebit()).toBe(true);
  });

  it('a clock that is set back does not delay the next probe', () => {
    const { clock, health } = createAwayHealth();
    clock.advance(-3_600_000);
    expect(health.admitsDebit()).toBe(true);
    expect(health.admitsDebit()).toBe(false);
  });

  it('reading the view does not use up a probe', () => {
    const { clock, health } = createAwayHealth();
    clock.advance(PROBE_EVERY_MS);
    expect(health.view.nextProbeAt).toEqual(clock.now());
    expect(health.view).toEqual(health.view);
    expect(health.admitsDebit()).toBe(true);
  });

  it('a probe of an earlier outage does not count', () => {
    const { clock, record, health } = createAwayHealth();
    clock.advance(PROBE_EVERY_MS);
    expect(health.admitsDebit()).toBe(true);
    record('notifyPayment', SUCCESS);
    clock.advance(60_000);
    record('notifyPayment', NO_ANSWER, AWAY_AFTER);
    expect(health.admitsDebit()).toBe(false);
    clock.advance(PROBE_EVERY_MS);
    expect(health.admitsDebit()).toBe(true);
  });
});
