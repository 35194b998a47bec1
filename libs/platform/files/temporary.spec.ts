import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { inTemporaryFile } from './temporary.js';

describe('a temporary file', () => {
  it('has the content during the work, cannot be read by other users, and is removed afterwards', async () => {
    const parts = (async function* () {
      yield Buffer.from('one ');
      yield Buffer.from('two');
    })();
    const path = await inTemporaryFile(parts, async (path) => {
      expect(await readFile(path, 'utf8')).toBe('one two');
      expect(((await stat(path)).mode & 0o077).toString(8)).toBe('0');
      return path;
    });
    expect(existsSync(path)).toBe(false);
  });

  it('is removed if the work fails or the content is incomplete', async () => {
    let laid = '';
    const failing = inTemporaryFile([Buffer.from('a')], async (path) => {
      laid = path;
      throw new Error('the work fails');
    });
    await expect(failing).rejects.toThrow('the work fails');
    expect(existsSync(laid)).toBe(false);

    const parts = (async function* () {
      yield Buffer.from('a');
      throw new Error('the database is away');
    })();
    let began = false;
    const begin = async () => {
      began = true;
    };
    await expect(inTemporaryFile(parts, begin)).rejects.toThrow('the database is away');
    expect(began).toBe(false);
  });
});
