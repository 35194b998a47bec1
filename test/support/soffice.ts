import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, extname, join } from 'node:path';
import { promisify } from 'node:util';

/** LibreOffice's CSV filter: commas, quotes, UTF-8, from line 1 on, each of the 13 columns a text. */
const ALL_TEXTS = `CSV:44,34,76,1,${Array.from({ length: 13 }, (_, column) => `${column + 1}/2`).join('/')}`;
const PATIENCE_MS = 120_000;

/** The .xlsx that LibreOffice converts from a spreadsheet, or from a CSV file with all cells as texts. */
export async function convertedToXlsx(source: string): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), 'soffice-'));
  try {
    const filter = extname(source) === '.csv' ? [`--infilter=${ALL_TEXTS}`] : [];
    // A profile of its own, independent of an open LibreOffice.
    const profile = `-env:UserInstallation=file://${join(folder, 'profile')}`;
    const options = ['--headless', profile, ...filter, '--convert-to', 'xlsx', '--outdir', folder, source];
    await promisify(execFile)(process.env.SOFFICE ?? 'soffice', options, { timeout: PATIENCE_MS });
    return await readFile(join(folder, `${basename(source, extname(source))}.xlsx`));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
