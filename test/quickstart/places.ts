import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from '@jest/globals';

/** What `npm run build` has made: these tests run real processes. */
export const DIST = process.env.TEST_DIST ?? join(import.meta.dirname, '../../dist');

/** A folder that goes when the file's tests are done, and that PostgreSQL's user can enter where they run as root. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'mpp-quickstart-'));
  await chmod(folder, 0o755);
  afterAll(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  return folder;
}
