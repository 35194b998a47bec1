import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { maskPersonalData } from './masking.js';

describe('masking', () => {
  it('takes linear time for the longest answer', () => {
    const [plain, quoted] = ['x'.repeat(1_000_000), '"value":"x'.repeat(50_000)];
    for (const value of [plain, quoted]) expect(maskPersonalData(JSON.stringify({ value }))).toBe('{"value":"*****"}');
    expect(maskPersonalData('"value":"\\'.repeat(100_000))).not.toContain('"x');
  });

  const text = fc.string({ unit: 'binary' });
  const blanks = fc.constantFrom('', ' ', '  ');
  const key = (name: string) =>
    fc.tuple(fc.constantFrom(name, name.toUpperCase()), blanks).map((parts) => parts.join(''));
  const customerId = fc.string({ unit: fc.constantFrom(...'0123456789AZaz-_*#:ЖӘ'), minLength: 1, maxLength: 12 });
  const formValue = fc.oneof(text, fc.maxSafeNat());
  /** A key, its value, and its masked value. */
  const entry = fc.oneof(
    fc.tuple(key('value'), formValue).map(([name, value]) => [name, value, value === '' ? '' : '*****'] as const),
    fc
      .tuple(key('customerId'), customerId)
      .map(([name, id]) => [name, id, `${id.length > 6 ? id.slice(0, 4) : ''}*****`] as const),
    fc
      .tuple(fc.constantFrom('id', 'name', 'values', 'qrCode'), fc.oneof(text, fc.integer(), fc.boolean()))
      .map(([name, value]) => [name, value, value] as const),
  );
  const parameter = fc.uniqueArray(entry, { selector: ([name]) => name, maxLength: 5 });
  const bodyOf = (parameters: (readonly [string, unknown, unknown])[][], column: 1 | 2, indent: number) =>
    JSON.stringify(
      { parameters: parameters.map((entries) => Object.fromEntries(entries.map((e) => [e[0], e[column]]))) },
      null,
      indent,
    );

  it('leaves no value, whatever it contains, and changes nothing else', () => {
    fc.assert(
      fc.property(fc.array(parameter, { maxLength: 4 }), fc.constantFrom(0, 2), (parameters, indent) => {
        expect(maskPersonalData(bodyOf(parameters, 1, indent))).toBe(bodyOf(parameters, 2, indent));
      }),
      { numRuns: 500 },
    );
  });

  it('does not change a masked body', () => {
    fc.assert(
      fc.property(fc.array(parameter, { maxLength: 4 }), (parameters) => {
        const masked = bodyOf(parameters, 2, 0);
        expect(maskPersonalData(masked)).toBe(masked);
      }),
    );
  });
});
