import type { Clock } from '@mpp/kernel';
import { selectDatabaseState } from '../database/database-state.js';
import { onOneConnection } from '../database/one-connection.js';
import { clockReading, describeSkew, provenSkewMs, skewMs } from './clock-reading.js';

/** Compares a clock with the database's once, as `ClockCheck` does. Throws DatabaseUnusable if it does not answer. */
export async function compareClocks(
  databaseUrl: string,
  clock: Clock,
): Promise<{ provenMs: number; described: string }> {
  return onOneConnection(databaseUrl, 'DATABASE_URL', async (client) => {
    const sentAtMs = clock.monotonicMs();
    const { now } = await selectDatabaseState(client);
    const reading = clockReading(now, sentAtMs, clock.monotonicMs());
    const skew = skewMs(reading, clock.now(), clock.monotonicMs());
    return { provenMs: provenSkewMs(reading, skew), described: describeSkew(skew) };
  });
}
