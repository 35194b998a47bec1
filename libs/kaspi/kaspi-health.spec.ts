import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Settings } from '@mpp/config';
import { Metrics } from '@mpp/platform';
import { Logger } from '@nestjs/common';
import fc from 'fast-check';
import { TestClock } from '../../test/support/test-clock.js';
import { KaspiHealth } from './kaspi-health.js';
import type { KaspiMethod, KaspiOutcome } from './outcome.js';

const AWAY_AFTER = 3;
const PROBE_EVERY_MS = 5000;

const ANSWER: KaspiOutcome<null> = {
  kind: 'answered',
  resultCode: 'SUCCESS',
  resultMessage: 'success',
  answer: null,
  httpStatus: 200,
  text: '{}',
};
const REFUSAL: KaspiOutcome<null> = { ...ANSWER, resultCode: 'PROCESS_FAIL' };
const SILENCE: KaspiOutcome<null> = { kind: 'unknown', reason: 'no answer in 2000 ms' };
const REFUSED_CONNECTION: KaspiOutcome<null> = { kind: 'not-sent', reason: 'ECONNREFUSED' };
const http = (httpStatus: number): KaspiOutcome<null> => ({
  kind: 'unknown',
  reason: `HTTP ${httpStatus}`,
  httpStatus,
  text: '<html>',
});

const lines: string[] = [];
const keep = (level: string) => (message: string) => lines.push(`${level}: ${message}`);

/** How one process sees the PS; each test has its own. */
function healthOf(env: Record<string, string> = {}) {
  const clock = new TestClock();
  const metrics = new Metrics();
  const settings = Settings.read({
    DATABASE_URL: 'postgresql://nowhere',
    KASPI_BASE_URL: 'http://127.0.0.1:9',
    KASPI_AWAY_AFTER: String(AWAY_AFTER),
    KASPI_PROBE_EVERY_MS: String(PROBE_EVERY_MS),
    ...env,
  });
  const health = new KaspiHealth(settings, clock, metrics);
  const hear = (method: KaspiMethod, outcome: KaspiOutcome<null>, times = 1) => {
    for (let call = 0; call < times; call++) health.heard(method, outcome);
  };
  return { clock, health, hear, state: () => health.view.state, metrics };
}

beforeEach(() => {
  lines.length = 0;
  Logger.overrideLogger({ log: keep('log'), warn: keep('warn'), error: keep('error') });
});

afterAll(() => Logger.overrideLogger(false));

describe('the PS is away', () => {
  it.each([
    ['notifies', 'notifyPayment', SILENCE],
    ['notifies', 'notifyPayment', REFUSED_CONNECTION],
    ['notifies', 'notifyPayment', http(503)],
    ['notifies', 'notifyPayment', http(404)],
    ['notifies', 'notifyPayment', http(200)],
    ['scans', 'scan', SILENCE],
    ['scans', 'scan', REFUSED_CONNECTION],
    ['scans', 'scan', http(502)],
    ['checkouts', 'checkout', SILENCE],
    ['checkouts', 'checkout', http(504)],
  ] as const)('when as many %s in a row as the setting says brought no answer (%s, %j)', (_, method, outcome) => {
    const { health, hear, state } = healthOf();
    hear(method, outcome, AWAY_AFTER - 1);
    expect([state(), health.admitsDebit()]).toEqual(['UP', true]);
    hear(method, outcome);
    expect([state(), health.admitsDebit()]).toEqual(['AWAY', false]);
  });

  it.each(['scan', 'checkout', 'notifyPayment'] as const)('not where an answer to a %s came in between', (method) => {
    for (const answer of [ANSWER, REFUSAL]) {
      const { hear, state } = healthOf();
      hear(method, SILENCE, AWAY_AFTER - 1);
      hear(method, answer);
      hear(method, SILENCE, AWAY_AFTER - 1);
      expect(state()).toBe('UP');
      hear(method, SILENCE);
      expect(state()).toBe('AWAY');
    }
  });

  it('when scans and checkouts fail in turns: both are questions, and either’s answer speaks for both', () => {
    const { hear, state } = healthOf();
    hear('scan', SILENCE, AWAY_AFTER - 1);
    hear('checkout', ANSWER);
    hear('checkout', SILENCE, AWAY_AFTER - 1);
    expect(state()).toBe('UP');
    hear('scan', SILENCE);
    expect(state()).toBe('AWAY');
  });

  it('not when failures of scans and of notifies are as many together only', () => {
    const { hear, state } = healthOf();
    hear('scan', SILENCE, AWAY_AFTER - 1);
    hear('notifyPayment', SILENCE, AWAY_AFTER - 1);
    expect(state()).toBe('UP');
  });

  it('for notifies, although scans are answered: notifyPayment may be down alone', () => {
    const { hear, health, state } = healthOf();
    for (let call = 0; call < AWAY_AFTER; call++) {
      hear('notifyPayment', SILENCE);
      hear('scan', ANSWER);
      hear('checkout', REFUSAL);
    }
    expect([state(), health.admitsDebit()]).toEqual(['AWAY', false]);
  });

  it('no longer when a notify was answered, whatever failed before', () => {
    for (const failing of ['scan', 'checkout', 'notifyPayment'] as const) {
      const { hear, health, state } = healthOf();
      hear(failing, SILENCE, AWAY_AFTER + 2);
      hear('notifyPayment', REFUSAL);
      expect([state(), health.admitsDebit()]).toEqual(['UP', true]);
      expect(health.view.failuresInARow).toEqual({ questions: 0, notifies: 0 });
    }
  });

  it('no longer when a scan was answered, where only scans had failed', () => {
    const { hear, state } = healthOf();
    hear('scan', SILENCE, AWAY_AFTER);
    hear('scan', REFUSAL);
    expect(state()).toBe('UP');
  });

  it('after the very first failure where the setting says 1', () => {
    const { hear, state } = healthOf({ KASPI_AWAY_AFTER: '1' });
    hear('notifyPayment', SILENCE);
    expect(state()).toBe('AWAY');
  });
});

describe('an odd answer to a scan or a checkout, which one customer could bring about again and again,', () => {
  const ODD = [200, 302, 400, 403, 404, 408, 425, 429, 500, 505];

  it.each(ODD)('of HTTP %i counts as nothing: neither as a failure nor as an answer', (httpStatus) => {
    const { hear, health, state } = healthOf();
    for (const method of ['scan', 'checkout'] as const) hear(method, http(httpStatus), 2 * AWAY_AFTER);
    expect(health.view).toMatchObject({
      state: 'UP',
      failuresInARow: { questions: 0, notifies: 0 },
      lastAnswerAt: null,
      lastFailure: null,
    });
    hear('scan', SILENCE, AWAY_AFTER - 1);
    hear('scan', http(httpStatus));
    expect(health.view.failuresInARow.questions).toBe(AWAY_AFTER - 1);
    hear('scan', SILENCE);
    expect(state()).toBe('AWAY');
    hear('scan', http(httpStatus));
    expect(state()).toBe('AWAY');
  });

  it.each([502, 503, 504])('is no odd answer with HTTP %i: that one counts as a failure', (httpStatus) => {
    const { hear, state } = healthOf();
    hear('checkout', http(httpStatus), AWAY_AFTER);
    expect(state()).toBe('AWAY');
  });
});

describe('while the PS is away', () => {
  it('one confirm is let through to try, each time the pause is over, to the millisecond', () => {
    const { clock, hear, health } = healthOf();
    hear('notifyPayment', SILENCE, AWAY_AFTER);
    for (let round = 0; round < 3; round++) {
      expect(health.admitsDebit()).toBe(false);
      clock.advance(PROBE_EVERY_MS - 1);
      expect(health.admitsDebit()).toBe(false);
      clock.advance(1);
      expect([health.admitsDebit(), health.admitsDebit(), health.admitsDebit()]).toEqual([true, false, false]);
    }
  });

  it('those let through after a long quiet are one as well, not one for every pause that went by', () => {
    const { clock, hear, health } = healthOf();
    hear('notifyPayment', SILENCE, AWAY_AFTER);
    clock.advance(10 * PROBE_EVERY_MS);
    expect([health.admitsDebit(), health.admitsDebit()]).toEqual([true, false]);
  });

  it('the repeat of a notify is a try as well: while there are some, no customer has to be one', () => {
    const { clock, hear, health } = healthOf();
    hear('notifyPayment', SILENCE, AWAY_AFTER);
    for (let repeat = 0; repeat < 5; repeat++) {
      clock.advance(PROBE_EVERY_MS - 1);
      expect(health.admitsDebit()).toBe(false);
      hear('notifyPayment', SILENCE);
    }
    clock.advance(PROBE_EVERY_MS - 1);
    hear('scan', SILENCE);
    clock.advance(1);
    expect(health.admitsDebit()).toBe(true);
  });

  it('a clock that was set back makes nobody wait until it has come round again', () => {
    const { clock, hear, health } = healthOf();
    hear('notifyPayment', SILENCE, AWAY_AFTER);
    clock.advance(-3_600_000);
    expect(health.admitsDebit()).toBe(true);
    expect(health.admitsDebit()).toBe(false);
  });

  it('looking at it uses no try up', () => {
    const { clock, hear, health } = healthOf();
    hear('notifyPayment', SILENCE, AWAY_AFTER);
    clock.advance(PROBE_EVERY_MS);
    expect(health.view.nextProbeAt).toEqual(clock.now());
    expect(health.view).toEqual(health.view);
    expect(health.admitsDebit()).toBe(true);
  });

  it('a try of an earlier absence does not count in the next one', () => {
    const { clock, hear, health } = healthOf();
    hear('notifyPayment', SILENCE, AWAY_AFTER);
    clock.advance(PROBE_EVERY_MS);
    expect(health.admitsDebit()).toBe(true);
    hear('notifyPayment', ANSWER);
    clock.advance(60_000);
    hear('notifyPayment', SILENCE, AWAY_AFTER);
    expect(health.admitsDebit()).toBe(false);
    clock.advance(PROBE_EVERY_MS);
    expect(health.admitsDebit()).toBe(true);
  });
});

describe('how this process sees the PS', () => {
  it('is shown from the start: up, and nothing heard yet', () => {
    expect(healthOf().health.view).toEqual({
      state: 'UP',
      since: null,
      failuresInARow: { questions: 0, notifies: 0 },
      lastAnswerAt: null,
      lastFailure: null,
      nextProbeAt: null,
    });
  });

  it('is shown with its moments: away since, the last answer, the last failure and why, the next try', () => {
    const { clock, hear, health } = healthOf();
    hear('scan', ANSWER);
    const lastAnswerAt = clock.now();
    clock.advance(1000);
    hear('scan', REFUSED_CONNECTION);
    hear('notifyPayment', SILENCE, AWAY_AFTER);
    const since = clock.now();
    clock.advance(1000);
    hear('notifyPayment', http(503));
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

    hear('notifyPayment', ANSWER);
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
    const { hear, metrics } = healthOf();
    const shown = async () => /^mpp_kaspi_away (.*)$/m.exec(await metrics.text())?.[1];
    expect(await shown()).toBe('0');
    hear('scan', SILENCE, AWAY_AFTER);
    expect(await shown()).toBe('1');
    hear('notifyPayment', ANSWER);
    expect(await shown()).toBe('0');
  });

  it('is told to the log when it changes, and when a confirm is let through to try, and never else', () => {
    const { clock, hear, health } = healthOf();
    hear('scan', ANSWER, 3);
    hear('scan', SILENCE, AWAY_AFTER - 1);
    health.admitsDebit();
    expect(lines).toEqual([]);
    hear('scan', SILENCE, 5);
    hear('notifyPayment', SILENCE, 5);
    hear('scan', ANSWER);
    health.admitsDebit();
    expect(lines).toEqual([expect.stringMatching(/^error: Kaspi Pay is away/)]);
    clock.advance(PROBE_EVERY_MS);
    health.admitsDebit();
    health.admitsDebit();
    expect(lines.slice(1)).toEqual([expect.stringMatching(/^log: .*one confirm is let through/)]);
    hear('notifyPayment', ANSWER, 3);
    expect(lines.slice(2)).toEqual([expect.stringMatching(/^log: Kaspi Pay answers again/)]);
  });

  it('whatever happens: it is away exactly while a kind of call has failed too often in a row', () => {
    const event = fc.record({
      method: fc.constantFrom<KaspiMethod>('scan', 'checkout', 'notifyPayment'),
      outcome: fc.constantFrom(ANSWER, REFUSAL, SILENCE, SILENCE, REFUSED_CONNECTION, http(503)),
      pause: fc.integer({ min: 0, max: 2 * PROBE_EVERY_MS }),
    });
    fc.assert(
      fc.property(fc.array(event, { maxLength: 40 }), (events) => {
        const { clock, health } = healthOf();
        const failures = { questions: 0, notifies: 0 };
        let lastTry: number | null = null;
        for (const { method, outcome, pause } of events) {
          const kind = method === 'notifyPayment' ? 'notifies' : 'questions';
          if (outcome.kind !== 'answered') failures[kind]++;
          else Object.assign(failures, { questions: 0, ...(kind === 'notifies' && { notifies: 0 }) });
          const wasAway = health.view.state === 'AWAY';
          health.heard(method, outcome);
          const away = failures.questions >= AWAY_AFTER || failures.notifies >= AWAY_AFTER;
          expect(health.view).toMatchObject({ state: away ? 'AWAY' : 'UP', failuresInARow: failures });
          if (!away) lastTry = null;
          else if (!wasAway || (kind === 'notifies' && outcome.kind !== 'answered')) lastTry = clock.now().getTime();
          clock.advance(pause);
          const now = clock.now().getTime();
          const admitted = !away || (lastTry !== null && now >= lastTry + PROBE_EVERY_MS);
          expect(health.admitsDebit()).toBe(admitted);
          if (away && admitted) lastTry = now;
        }
      }),
      { numRuns: 200 },
    );
  });
});
