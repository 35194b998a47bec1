import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ProgressLine } from './progress-line.js';

describe('The progress of an import', () => {
  const written = (isTTY: boolean, use: (line: ProgressLine) => void) => {
    const texts: string[] = [];
    use(new ProgressLine({ isTTY, write: (text) => texts.push(text) }));
    return texts;
  };

  it('is one line on a terminal, redrawn when it changes and cleared at the end', () => {
    const texts = written(true, (line) => {
      line.show(10, null);
      line.show(50, 100);
      line.show(50, 100);
      line.show(100, 100);
      line.end();
      line.end();
    });
    expect(texts).toEqual([
      '\r\x1b[K10 rows',
      `\r\x1b[K[${'#'.repeat(15)}${'-'.repeat(15)}] 50 % 50 of 100 rows`,
      `\r\x1b[K[${'#'.repeat(30)}] 100 % 100 of 100 rows`,
      '\r\x1b[K',
    ]);
  });

  it('is a line for each tenth elsewhere, and no line while the total is unknown', () => {
    const texts = written(false, (line) => {
      line.show(5, null);
      for (let rows = 0; rows <= 40; rows++) line.show(rows, 40);
      line.end();
    });
    expect(texts).toHaveLength(10);
    expect([texts[0], texts.at(-1)]).toEqual(['10 % 4 of 40 rows\n', '100 % 40 of 40 rows\n']);
  });

  it('never exceeds 100 %, even if the file states fewer rows', () => {
    fc.assert(
      fc.property(fc.nat(), fc.option(fc.integer()), fc.boolean(), (rows, total, isTTY) => {
        const texts = written(isTTY, (line) => line.show(rows, total));
        const percents = texts.flatMap((text) => /(\d+) %/.exec(text)?.[1] ?? []).map(Number);
        expect(percents.every((percent) => percent <= 100)).toBe(true);
        expect(texts.length).toBeLessThanOrEqual(1);
      }),
    );
  });
});
