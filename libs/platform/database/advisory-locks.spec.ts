import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { ADVISORY_LOCKS } from './advisory-locks.js';

const ROOT = join(import.meta.dirname, '../../..');
const NUMBERS: ReadonlyMap<number, string> = new Map(
  Object.values(ADVISORY_LOCKS).map(({ number, lib }) => [number, lib]),
);

interface Source {
  readonly path: string;
  readonly text: string;
}

/** The first argument of every call that takes an advisory lock. */
const CALL = /pg_(?:try_)?advisory_(?:xact_)?lock(?:_shared)?\(\s*([^,)]+)/g;
/** A use of the table. */
const NAME = /\bADVISORY_LOCKS\.(\w+)/g;
/** A number of this project, wherever it is written. */
const NUMBER = /\b65_?100_?1\d\d\b|\b6_?510_?011_?8\d\d\b/g;

/** What is wrong with the locks of a source, one line for each. */
function faultsOf({ path, text }: Source): string[] {
  const lib = /^libs\/([^/]+)\//.exec(path)?.[1];
  const literals = [
    ...[...text.matchAll(CALL)].map(([, first = '']) => first.trim()).filter((first) => !/^\$/.test(first)),
    ...(text.match(NUMBER) ?? []),
  ];
  const named = [...text.matchAll(NAME)].map(([, name = '']) => name as keyof typeof ADVISORY_LOCKS);
  const faultsOfNames = [...new Set(named)]
    .filter((name) => lib !== undefined && lib !== ADVISORY_LOCKS[name].lib)
    .map((name) => `${path}: ${name} belongs to ${ADVISORY_LOCKS[name].lib}`);
  const faultsOfLiterals = [...new Set(literals)].flatMap((literal) => {
    const owner = NUMBERS.get(Number(literal.replaceAll('_', '')));
    if (owner === undefined) return [`${path}: ${literal} is not in the table`];
    return lib === undefined || lib === owner ? [] : [`${path}: ${literal} belongs to ${owner}`];
  });
  return [...faultsOfNames, ...faultsOfLiterals];
}

describe('the advisory locks', () => {
  const sources = globSync('{apps/mpp-server,libs}/**/*.{ts,sql}', { cwd: ROOT })
    .filter((path) => !path.endsWith('.spec.ts') && !path.endsWith('/advisory-locks.ts'))
    .map((path) => ({ path, text: readFileSync(join(ROOT, path), 'utf8') }));

  it('have one number each', () => {
    expect(NUMBERS.size).toBe(Object.keys(ADVISORY_LOCKS).length);
  });

  it('are all in the table, and each is taken by its own lib only', () => {
    expect(sources.flatMap(({ text }) => text.match(CALL) ?? []).length).toBeGreaterThan(5);
    expect(sources.flatMap(({ text }) => text.match(NAME) ?? []).length).toBeGreaterThan(3);
    expect(sources.flatMap(faultsOf)).toEqual([]);
  });

  it.each([
    ['libs/ledger/sql/a.sql', 'perform pg_advisory_xact_lock(65100199, hashtext(x));', 'not in the table'],
    ['libs/ledger/sql/a.sql', 'if not pg_try_advisory_xact_lock(7) then', 'not in the table'],
    ['libs/ledger/sql/a.sql', 'perform pg_advisory_xact_lock(65100119, hashtext(x));', 'belongs to qr-payments'],
    ['libs/ledger/books.ts', 'const LOCK = 65_100_123;', 'belongs to registries'],
    ['libs/registries/days.ts', 'ADVISORY_LOCKS.settlementDay.number,', 'belongs to settlements'],
  ])('are refused if %s has %s: %s', (path, text, fault) => {
    expect(faultsOf({ path, text })).toEqual([expect.stringContaining(fault)]);
  });
});
