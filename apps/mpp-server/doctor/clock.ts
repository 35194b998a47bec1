import type { Settings } from '@mpp/config';
import { SystemClock } from '@mpp/kernel';
import { compareClocks, DatabaseUnusable, Unfit } from '@mpp/platform';
import { check, type Finding, skip } from './report.js';

/** The clock of this machine against the database's, as each process compares them. */
export function checkClock({ DATABASE_URL, MAX_CLOCK_SKEW_MS: most }: Settings): Promise<Finding> {
  return check('clock', async () => {
    try {
      const { provenMs, described } = await compareClocks(DATABASE_URL, new SystemClock());
      const found = `${described} the database’s, and up to ${most} ms are accepted`;
      if (provenMs <= most) return found;
      throw new Unfit(found, 'let NTP set the clocks of both machines (chronyc tracking, timedatectl)');
    } catch (error) {
      if (error instanceof DatabaseUnusable) return skip('the database does not answer');
      throw error;
    }
  });
}
