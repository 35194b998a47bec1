import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ambiguousNames } from './ambiguous-names.js';

describe('A JSON text', () => {
  it.each<[string, string[]]>([
    ['{"a":1,"b":2}', []],
    ['{"a":1,"a":2}', ['a']],
    ['{"a":1,"a":1}', []],
    ['{"a":"x","a":"y"}', ['a']],
    [String.raw`{"\u0061":"x\"","a" : "x\"" , "a":{"a":"x\""}}`, ['a']],
    ['{"r":{"c":1,"c":2},"c":1}', ['r.c']],
    ['{"r":[{"c":1},{"c":2}]}', []],
    ['{"r":[{"c":1,"c":[2]}]}', ['r.c']],
    ['[{"c":1,"c":{}}]', ['c']],
    ['"{\\"a\\":1,\\"a\\":2}"', []],
    ['{"a":"{\\"b\\":1}","b":[],"b":[ ]}', ['b']],
    ['{}', []],
    ['1', []],
  ])('%s has these names twice with different values: %j', (text, names) => {
    expect([...ambiguousNames(text)]).toEqual(names);
  });

  it('that was written from a value has none, however deep', () => {
    fc.assert(fc.property(fc.json(), (text) => ambiguousNames(text).size === 0));
    const deep = `{"x":${'['.repeat(20_000)}${']'.repeat(20_000)},"y":1,"y":2}`;
    expect([...ambiguousNames(deep)]).toEqual(['y']);
  });
});
