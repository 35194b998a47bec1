import { readdirSync } from 'node:fs';
import { truncate, unlink } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { inTemporaryFile } from '@mpp/platform';
import { sheetXml, workbookFiles, workbookOfRows, zipOf } from '../../test/support/workbooks.js';
import { XLSX_LIMITS } from './xlsx-limits.js';
import { rowsOfXlsx } from './xlsx-rows.js';

describe('Reading a workbook', () => {
  const numbered = (count: number) =>
    workbookOfRows(Array.from({ length: count }, (_, row) => `<row><c><v>${row}</v></c></row>`).join(''));
  /** So large that its first rows are taken before all are read. */
  const large = () =>
    zipOf(workbookFiles({ sheets: [{ xml: sheetXml(rowsOf(20_000, 'x'.repeat(200))) }] }), { stored: true });
  const rowsOf = (count: number, text: string) => `<row><c t="str"><v>${text}</v></c></row>`.repeat(count);

  it('returns the first rows before it reaches a broken end', async () => {
    const sheet = Array.from({ length: 50_000 }, (_, row) => `<row><c><v>${row}</v></c></row>`).join('');
    await inTemporaryFile([workbookOfRows(`${sheet}<row r="1"/>`)], async (path) => {
      const rows = rowsOfXlsx(path);
      let read = 0;
      const readToTheEnd = async () => {
        for await (const batch of rows) read += batch.rows.length;
      };
      await expect(readToTheEnd()).rejects.toThrow('BROKEN');
      expect(read).toBeGreaterThan(40_000);
    });
  });

  it('releases its resources if the caller stops before the end or throws an error', async () => {
    const before = openResources();
    await inTemporaryFile([numbered(20_000)], async (path) => {
      for await (const batch of rowsOfXlsx(path)) {
        expect(batch.rows[0]?.row).toBe(1);
        expect(openResources()).not.toEqual(before);
        break;
      }
      expect(openResources()).toEqual(before);
      const failing = async () => {
        for await (const _ of rowsOfXlsx(path)) throw new Error('the database is away');
      };
      await expect(failing()).rejects.toThrow('the database is away');
    });
    expect(openResources()).toEqual(before);
  });

  it('ends when it is aborted, with the reason of the abort', async () => {
    const before = openResources();
    const stop = new AbortController();
    await inTemporaryFile([numbered(20_000)], async (path) => {
      const stopped = async () => {
        for await (const _ of rowsOfXlsx(path, XLSX_LIMITS, stop.signal)) stop.abort(new Error('stopping'));
      };
      await expect(stopped()).rejects.toThrow('stopping');
      await expect(rowsOfXlsx(path, XLSX_LIMITS, stop.signal).next()).rejects.toThrow('stopping');
    });
    expect(openResources()).toEqual(before);
  });

  it('fails with ENOENT if the file does not exist', async () => {
    const gone = await inTemporaryFile([numbered(1)], async (path) => path);
    await expect(rowsOfXlsx(gone).next()).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('continues if the file is deleted during the reading', async () => {
    await inTemporaryFile([large()], async (path) => {
      let read = 0;
      for await (const batch of rowsOfXlsx(path)) {
        if (read === 0) await unlink(path);
        read += batch.rows.length;
      }
      expect(read).toBe(20_000);
    });
  });

  it('fails if the file is truncated during the reading, but not as an unreadable workbook', async () => {
    await inTemporaryFile([large()], async (path) => {
      const reading = async () => {
        for await (const _ of rowsOfXlsx(path)) await truncate(path, 2_000_000);
      };
      await expect(reading()).rejects.toThrow(/^the file changed while it was read$/);
    });
  });
});

function openResources(): { threads: number; files: number } {
  const threads = process
    .getActiveResourcesInfo()
    .filter((resource) => resource === 'MessagePort' || resource === 'Worker').length;
  return { threads, files: readdirSync('/dev/fd').length };
}
