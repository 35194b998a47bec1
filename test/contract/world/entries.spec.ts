import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';

const texts = (end: string) =>
  readdirSync(import.meta.dirname)
    .filter((name) => name.endsWith(end))
    .map((name) => [name, readFileSync(join(import.meta.dirname, name), 'utf8')] as const);
/** Customer ids and numbers of identity. */
const TWELVE_DIGITS = /(?<!\d)\d{12}(?!\d)/g;

describe.each(texts('.json'))('%s', (name, text) => {
  it('has no customer id or number of identity that is not made up', () => {
    expect((text.match(TWELVE_DIGITS) ?? []).filter((digits) => !/^(9009|0000)/.test(digits))).toEqual([]);
  });

  it('is read by a spec, and described in docs/world.md', () => {
    const specs = texts('.spec.ts').map(([, spec]) => spec);
    expect(specs.some((spec) => spec.includes(`'${name.replace('.json', '')}'`))).toBe(true);
    expect(readFileSync(join(import.meta.dirname, '../../../docs/world.md'), 'utf8')).toContain(`\`${name}\``);
  });
});
