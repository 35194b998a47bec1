import { beforeAll, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import fc from 'fast-check';
import { AWAY_AFTER, createHealth, PROBE_EVERY_MS } from '../../../test/support/kaspi-health.js';
import { NO_ANSWER, NO_CONNECTION, REFUSAL, SUCCESS, unreadable } from '../../../test/support/kaspi-outcomes.js';
import type { KaspiMethod } from '../domain/outcome.js';

beforeAll(() => Logger.overrideLogger(false));

describe('the PS is AWAY', () => {
  it.each([
    ['notifies', 'notifyPayment', NO_ANSWER],
    ['notifies', 'notifyPayment', NO_CONNECTION],
    ['notifies', 'notifyPayment', unreadable(503)],
    ['notifies', 'notifyPayment', unreadable(404)],
    ['notifies', 'notifyPayment', unreadable(200)],
    ['scans', 'scan', NO_ANSWER],
    ['scans', 'scan', NO_CONNECTION],
    ['scans', 'scan', unreadable(502)],
    ['checkouts', 'checkout', NO_ANSWER],
    ['checkouts', 'checkout', unreadable(504)],
  ] as const)('after KASPI_AWAY_AFTER consecutive %s without an answer (%s, %j)', (_, method, outcome) => {
    const { health, record, state } = createHealth();
    record(method, outcome, AWAY_AFTER - 1);
    expect([state(), health.admitsDebit()]).toEqual(['UP', true]);
    record(method, outcome);
    expect([state(), health.admitsDebit()]).toEqual(['AWAY', false]);
  });

  it.each(['scan', 'checkout', 'notifyPayment'] as const)('not if a %s was answered in between', (method) => {
    for (const answer of [SUCCESS, REFUSAL]) {
      const { record, state } = createHealth();
      record(method, NO_ANSWER, AWAY_AFTER - 1);
      record(method, answer);
      record(method, NO_ANSWER, AWAY_AFTER - 1);
      expect(state()).toBe('UP');
      record(method, NO_ANSWER);
      expect(state()).toBe('AWAY');
    }
  });

  it('if scans and checkouts fail alternately: their failures are counted together, and an answer to either resets both', () => {
    const { record, state } = createHealth();
    record('scan', NO_ANSWER, AWAY_AFTER - 1);
    record('checkout', SUCCESS);
    record('checkout', NO_ANSWER, AWAY_AFTER - 1);
    expect(state()).toBe('UP');
    record('scan', NO_ANSWER);
    expect(state()).toBe('AWAY');
  });

  it('not if only the sum of failed scans and failed notifies reaches the limit', () => {
    const { record, state } = createHealth();
    record('scan', NO_ANSWER, AWAY_AFTER - 1);
    record('notifyPayment', NO_ANSWER, AWAY_AFTER - 1);
    expect(state()).toBe('UP');
  });

  it('after failed notifies although scans are answered: notifyPayment can be down alone', () => {
    const { record, health, state } = createHealth();
    for (let call = 0; call < AWAY_AFTER; call++) {
      record('notifyPayment', NO_ANSWER);
      record('scan', SUCCESS);
      record('checkout', REFUSAL);
    }
    expect([state(), health.admitsDebit()]).toEqual(['AWAY', false]);
  });

  it('until a notify is answered, whichever method failed before', () => {
    for (const failing of ['scan', 'checkout', 'notifyPayment'] as const) {
      const { record, health, state } = createHealth();
      record(failing, NO_ANSWER, AWAY_AFTER + 2);
      record('notifyPayment', REFUSAL);
      expect([state(), health.admitsDebit()]).toEqual(['UP', true]);
      expect(health.view.failuresInARow).toEqual({ questions: 0, notifies: 0 });
    }
  });

  it('until a scan is answered, if only scans had failed', () => {
    const { record, state } = createHealth();
    record('scan', NO_ANSWER, AWAY_AFTER);
    record('scan', REFUSAL);
    expect(state()).toBe('UP');
  });

  it('after the first failure if KASPI_AWAY_AFTER is 1', () => {
    const { record, state } = createHealth({ KASPI_AWAY_AFTER: '1' });
    record('notifyPayment', NO_ANSWER);
    expect(state()).toBe('AWAY');
  });

  it('exactly while one kind of call has failed too often in a row, in any sequence of outcomes', () => {
    const event = fc.record({
      method: fc.constantFrom<KaspiMethod>('scan', 'checkout', 'notifyPayment'),
      outcome: fc.constantFrom(SUCCESS, REFUSAL, NO_ANSWER, NO_ANSWER, NO_CONNECTION, unreadable(503)),
      pause: fc.integer({ min: 0, max: 2 * PROBE_EVERY_MS }),
    });
    fc.assert(
      fc.property(fc.array(event, { maxLength: 40 }), (events) => {
        const { clock, health } = createHealth();
        const failures = { questions: 0, notifies: 0 };
        let lastProbe: number | null = null;
        for (const { method, outcome, pause } of events) {
          const kind = method === 'notifyPayment' ? 'notifies' : 'questions';
          if (outcome.kind !== 'answered') failures[kind]++;
          else Object.assign(failures, { questions: 0, ...(kind === 'notifies' && { notifies: 0 }) });
          const wasAway = health.view.state === 'AWAY';
          health.recordOutcome(method, outcome);
          const away = failures.questions >= AWAY_AFTER || failures.notifies >= AWAY_AFTER;
          expect(health.view).toMatchObject({ state: away ? 'AWAY' : 'UP', failuresInARow: failures });
          if (!away) lastProbe = null;
          else if (!wasAway || (kind === 'notifies' && outcome.kind !== 'answered')) lastProbe = clock.now().getTime();
          clock.advance(pause);
          const now = clock.now().getTime();
          const admitted = !away || (lastProbe !== null && now >= lastProbe + PROBE_EVERY_MS);
          expect(health.admitsDebit()).toBe(admitted);
          if (away && admitted) lastProbe = now;
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe('an unreadable answer to a scan or checkout, which one customer could cause repeatedly,', () => {
  const IGNORED = [200, 302, 400, 403, 404, 408, 425, 429, 500, 505];

  it.each(IGNORED)('with HTTP %i counts neither as a failure nor as an answer', (httpStatus) => {
    const { record, health, state } = createHealth();
    for (const method of ['scan', 'checkout'] as const) record(method, unreadable(httpStatus), 2 * AWAY_AFTER);
    expect(health.view).toMatchObject({
      state: 'UP',
      failuresInARow: { questions: 0, notifies: 0 },
      lastAnswerAt: null,
      lastFailure: null,
    });
    record('scan', NO_ANSWER, AWAY_AFTER - 1);
    record('scan', unreadable(httpStatus));
    expect(health.view.failuresInARow.questions).toBe(AWAY_AFTER - 1);
    record('scan', NO_ANSWER);
    expect(state()).toBe('AWAY');
    record('scan', unreadable(httpStatus));
    expect(state()).toBe('AWAY');
  });

  it.each([502, 503, 504])('with HTTP %i counts as a failure', (httpStatus) => {
    const { record, state } = createHealth();
    record('checkout', unreadable(httpStatus), AWAY_AFTER);
    expect(state()).toBe('AWAY');
  });
});
