import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Settings } from '@mpp/config';
import { Logger } from '@nestjs/common';
import { TestClock } from '../../../test/support/test-clock.js';
import type { Database } from '../database/database.js';
import { Metrics } from '../metrics/metrics.js';
import { ClockCheck } from './clock-check.js';

const HOUR = 3_600_000;

describe('the check of this process’s clock', () => {
  const settings = Settings.read({ DATABASE_URL: 'postgresql://x/y', KASPI_BASE_URL: 'http://127.0.0.1:9' });
  let clock: TestClock;
  let metrics: Metrics;
  let check: ClockCheck;
  let statements: number;
  /** The next statements take so long; null: the database is away. */
  let statementMs: number | null;
  let lines: string[];

  /** A database that answers by the clock of the test. */
  const database = {
    async readState(monotonicMs: () => number) {
      statements++;
      if (statementMs === null) throw new Error('the database is away');
      const sentAtMs = monotonicMs();
      clock.advance(statementMs);
      return { now: new Date(), readOnly: false, sentAtMs, answeredAtMs: monotonicMs() };
    },
  } as unknown as Database;

  beforeEach(() => {
    [clock, metrics, statements, statementMs, lines] = [new TestClock(), new Metrics(), 0, 0, []];
    for (const level of ['log', 'warn', 'error'] as const)
      jest.spyOn(Logger.prototype, level).mockImplementation((line) => void lines.push(`${level} ${line}`));
    check = new ClockCheck(database, clock, clock.ofDatabase, settings, metrics);
  });

  afterEach(() => void jest.restoreAllMocks());

  it('trusts no clock before the first comparison', async () => {
    expect([check.agrees(), check.agreedNow(), check.skewMs]).toEqual([false, null, null]);
    await check.read();
    expect([check.agrees(), check.agreedNow(), check.skewMs]).toEqual([true, clock.now(), 0]);
  });

  it.each([
    [2000, true],
    [-2000, true],
    [2001, false],
    [-2001, false],
    [24 * HOUR, false],
  ])('%d ms ahead: it agrees is %s, without a statement', async (set, agrees) => {
    await check.read();
    clock.advance(HOUR);
    clock.set(set);
    expect(check.agrees()).toBe(agrees);
    expect(check.agreedNow()).toEqual(agrees ? clock.now() : null);
    expect(check.skewMs).toBe(set);
    expect(statements).toBe(1);
  });

  it('finds a clock that was wrong from the start', async () => {
    clock.set(-HOUR);
    await check.read();
    expect(check.agrees()).toBe(false);
  });

  it('takes no round trip for a skew, and no slow statement for a better knowledge', async () => {
    await check.read();
    clock.set(1500);
    statementMs = 9000;
    await check.read();
    expect(check.skewMs).toBe(1500);
    expect(check.agrees()).toBe(true);
    statementMs = 1000;
    await check.read();
    // The database read its clock up to half a second before or after.
    expect(check.skewMs).toBe(1000);
    expect(check.agrees()).toBe(true);
  });

  it('refuses as unavailable while the clocks disagree, and asks the database before that', async () => {
    await check.read();
    await check.requireAgreement();
    expect(statements).toBe(1);
    clock.set(HOUR);
    await expect(check.requireAgreement()).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    expect(statements).toBe(2);
    clock.set(0);
    await check.requireAgreement();
    expect(statements).toBe(2);
  });

  it('accepts at once a clock that jumped because the machine slept: the database’s has moved as far', async () => {
    await check.read();
    // Time passes, which the monotonic clock of a sleeping machine does not count.
    const asleep = jest.spyOn(clock, 'monotonicMs').mockReturnValue(clock.monotonicMs());
    clock.advance(HOUR);
    expect(check.agrees()).toBe(false);
    await check.requireAgreement();
    expect([check.agrees(), statements]).toEqual([true, 2]);
    asleep.mockRestore();
  });

  it('keeps what it knows while the database is away, and one statement serves all who ask at once', async () => {
    await check.read();
    statementMs = null;
    clock.advance(HOUR);
    await check.requireAgreement();
    clock.set(HOUR);
    const asked = Array.from({ length: 10 }, () => check.requireAgreement());
    expect((await Promise.allSettled(asked)).map(({ status }) => status)).toEqual(Array(10).fill('rejected'));
    expect(statements).toBe(2);
  });

  it('logs each jump, once that the clock is wrong, and once that it is right again', async () => {
    await check.read();
    clock.set(24 * HOUR);
    for (let n = 0; n < 3; n++) check.agrees();
    clock.set(0);
    for (let n = 0; n < 3; n++) check.agrees();
    clock.set(499);
    check.agrees();
    expect(lines).toEqual([
      'warn the clock of this process jumped 86400000 ms ahead',
      'error the clock of this process is 86400000 ms ahead of the database’s: confirms and refunds are refused, and no background work is done',
      'warn the clock of this process jumped 86400000 ms back',
      'log the clock of this process agrees with the database’s again',
    ]);
  });

  it('is measured in seconds, ahead of the database’s', async () => {
    await check.read();
    clock.set(-1500);
    expect(await metrics.text()).toMatch(/^mpp_clock_skew_seconds -1\.5$/m);
  });
});
