import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { AWAY_AFTER, createHealth, PROBE_EVERY_MS } from '../../../test/support/kaspi-health.js';
import { NO_ANSWER, NO_CONNECTION, SUCCESS, unreadable } from '../../../test/support/kaspi-outcomes.js';

const logLines: string[] = [];
const logTo = (level: string) => (message: string) => logLines.push(`${level}: ${message}`);

beforeEach(() => {
  logLines.length = 0;
  Logger.overrideLogger({ log: logTo('log'), warn: logTo('warn'), error: logTo('error') });
});

afterAll(() => Logger.overrideLogger(false));

describe('the health of the PS', () => {
  it('is UP at the start, without answers or failures', () => {
    expect(createHealth().health.view).toEqual({
      state: 'UP',
      since: null,
      failuresInARow: { questions: 0, notifies: 0 },
      lastAnswerAt: null,
      lastFailure: null,
      nextProbeAt: null,
    });
  });

  it('contains when the state changed, the last answer, the last failure with its reason, and the next probe', () => {
    const { clock, record, health } = createHealth();
    record('scan', SUCCESS);
    const lastAnswerAt = clock.now();
    clock.advance(1000);
    record('scan', NO_CONNECTION);
    record('notifyPayment', NO_ANSWER, AWAY_AFTER);
    const since = clock.now();
    clock.advance(1000);
    record('notifyPayment', unreadable(503));
    const away = {
      state: 'AWAY',
      since,
      failuresInARow: { questions: 1, notifies: AWAY_AFTER + 1 },
      lastAnswerAt,
      lastFailure: { method: 'notifyPayment', at: clock.now(), reason: 'HTTP 503' },
    } as const;
    expect(health.view).toEqual({ ...away, nextProbeAt: new Date(clock.now().getTime() + PROBE_EVERY_MS) });

    clock.advance(PROBE_EVERY_MS);
    health.admitsDebit();
    expect(health.view).toEqual({ ...away, nextProbeAt: new Date(clock.now().getTime() + PROBE_EVERY_MS) });

    record('notifyPayment', SUCCESS);
    expect(health.view).toEqual({
      ...away,
      state: 'UP',
      since: clock.now(),
      failuresInARow: { questions: 0, notifies: 0 },
      lastAnswerAt: clock.now(),
      nextProbeAt: null,
    });
  });

  it('is a metric', async () => {
    const { record, metrics } = createHealth();
    const gauge = async () => /^mpp_kaspi_away (.*)$/m.exec(await metrics.text())?.[1];
    expect(await gauge()).toBe('0');
    record('scan', NO_ANSWER, AWAY_AFTER);
    expect(await gauge()).toBe('1');
    record('notifyPayment', SUCCESS);
    expect(await gauge()).toBe('0');
  });

  it('is logged when the state changes and when a confirm is let through as a probe, and at no other time', () => {
    const { clock, record, health } = createHealth();
    record('scan', SUCCESS, 3);
    record('scan', NO_ANSWER, AWAY_AFTER - 1);
    health.admitsDebit();
    expect(logLines).toEqual([]);
    record('scan', NO_ANSWER, 5);
    record('notifyPayment', NO_ANSWER, 5);
    record('scan', SUCCESS);
    health.admitsDebit();
    expect(logLines).toEqual([expect.stringMatching(/^error: Kaspi Pay is away/)]);
    clock.advance(PROBE_EVERY_MS);
    health.admitsDebit();
    health.admitsDebit();
    expect(logLines.slice(1)).toEqual([expect.stringMatching(/^log: .*one confirm is let through/)]);
    record('notifyPayment', SUCCESS, 3);
    expect(logLines.slice(2)).toEqual([expect.stringMatching(/^log: Kaspi Pay answers again/)]);
  });
});
