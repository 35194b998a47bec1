import { Settings } from '@mpp/config';
import { Metrics } from '@mpp/platform';
import { KaspiHealth } from '../../libs/kaspi/health/kaspi-health.js';
import type { KaspiMethod, KaspiOutcome } from '../../libs/kaspi/index.js';
import { TestClock } from './test-clock.js';

export const AWAY_AFTER = 3;
export const PROBE_EVERY_MS = 5000;

export const SUCCESS = {
  kind: 'answered',
  resultCode: 'SUCCESS',
  resultMessage: 'success',
  answer: null,
  httpStatus: 200,
  text: '{"result":{"resultCode":"SUCCESS"}}',
} as const satisfies KaspiOutcome<null>;
export const REFUSAL: KaspiOutcome<null> = { ...SUCCESS, resultCode: 'RISK_REJECT', text: '{"refused":true}' };
export const NO_ANSWER: KaspiOutcome<null> = { kind: 'unknown', reason: 'no answer in 5000 ms' };
export const NO_CONNECTION: KaspiOutcome<null> = { kind: 'not-sent', reason: 'ECONNREFUSED' };

/** An answer without a result code. */
export const unreadable = (httpStatus: number): KaspiOutcome<null> => ({
  kind: 'unknown',
  reason: `HTTP ${httpStatus}`,
  httpStatus,
  text: '<html>',
});

/** The health of the PS as a new process sees it. */
export function createHealth(env: Record<string, string> = {}) {
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
  const record = (method: KaspiMethod, outcome: KaspiOutcome<null>, times = 1) => {
    for (let call = 0; call < times; call++) health.recordOutcome(method, outcome);
  };
  return { clock, health, record, state: () => health.view.state, metrics };
}
