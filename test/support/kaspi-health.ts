import { Settings } from '@mpp/config';
import { Metrics } from '@mpp/platform';
import { KaspiHealth } from '../../libs/kaspi/health/kaspi-health.js';
import type { KaspiMethod, KaspiOutcome } from '../../libs/kaspi/index.js';
import { TestClock } from './test-clock.js';

export const AWAY_AFTER = 3;
export const PROBE_EVERY_MS = 5000;

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
