import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import 'reflect-metadata';

const ROOT = join(import.meta.dirname, '../..');

interface Source {
  readonly path: string;
  readonly text: string;
}

/** Rules of the architecture that no import shows. `broken` is an example of what each of them finds. */
const RULES: Record<string, { where: RegExp; but?: RegExp; never: RegExp; broken: Source }> = {
  'modules do not wait for each other with forwardRef': {
    where: /./,
    never: /\bforwardRef\b/,
    broken: { path: 'libs/ledger/ledger.module.ts', text: 'imports: [forwardRef(() => QrPaymentsModule)]' },
  },
  'a domain has no clock but the moment it is handed': {
    where: /^libs\/[^/]+\/domain\//,
    never: /\bnew Date\(\)|\bDate\.now\b|\bperformance\.now\b|\bset(Timeout|Interval|Immediate)\b/,
    broken: { path: 'libs/qr-payments/domain/confirm.ts', text: 'const now = new Date();' },
  },
  'due times come from the Clock, never from the database': {
    where: /^(libs|apps\/mpp-server)\//,
    // Health compares the two clocks, and tells.
    but: /^libs\/(kernel\/clock\.ts$|platform\/health\/)/,
    never: /(?<![.\w])(now|(clock|statement|transaction)_timestamp)\(\)|\bcurrent_timestamp\b/i,
    broken: { path: 'libs/outbox/persistence/messages.ts', text: 'where next_attempt_at <= now()' },
  },
  'the server’s transactions begin in a service or in the outbox': {
    where: /^(libs|apps\/mpp-server)\//,
    but: /\.service\.ts$|^libs\/(outbox\/(outbox|batch-settler)|alerts\/alerts)\.ts$|^libs\/platform\/database\//,
    never: /\.(transaction|longTransaction)\(|\bstart transaction\b|'begin'/i,
    broken: { path: 'libs/ledger/persistence/journal.ts', text: 'await this.database.transaction((tx) => {' },
  },
};

describe('the sources', () => {
  const sources = ['apps', 'libs', 'config']
    .flatMap((folder) => globSync(`${folder}/**/*.ts`, { cwd: ROOT }))
    .filter((path) => !path.endsWith('.spec.ts'))
    .map((path) => ({ path, text: readFileSync(join(ROOT, path), 'utf8') }));

  it.each(Object.keys(RULES))('show that %s', (rule) => {
    expect(sources.length).toBeGreaterThan(100);
    expect(sources.filter((source) => breaks(rule, source)).map(({ path }) => path)).toEqual([]);
  });

  it.each(Object.entries(RULES))('would be found to break: %s', (rule, { broken }) => {
    expect(breaks(rule, broken)).toBe(true);
  });

  it('of tests take their connections from test/support/database.ts, which survive the end of a database', () => {
    const tests = ['apps/**/*.spec.ts', 'libs/**/*.spec.ts', 'test/**/*.ts'].flatMap((pattern) =>
      globSync(pattern, { cwd: ROOT }),
    );
    const connect = /\bnew pg\.(Pool|Client)\b|\bnew (Pool|Client)\(/;
    const found = tests.filter((path) => connect.test(readFileSync(join(ROOT, path), 'utf8')));
    expect(found.sort()).toEqual(['test/support/database.ts', 'test/support/global-setup.ts']);
  });

  it('name each schema of the API’s documents once: of two with one name only one would be shown', () => {
    const names = sources.flatMap(({ text }) =>
      [...text.matchAll(/^export class (\w+Dto)\b/gm)].map(([, name]) => name),
    );
    expect(names.length).toBeGreaterThan(50);
    expect(names.filter((name, index) => names.indexOf(name) < index)).toEqual([]);
  });

  it('declare controllers in modules of their own, so that each listener serves what it is given', async () => {
    const declaring: string[] = [];
    for (const index of globSync('libs/*/index.ts', { cwd: ROOT })) {
      const lib = (await import(join(ROOT, index))) as Record<string, unknown>;
      for (const [name, shown] of Object.entries(lib)) {
        const controllers = typeof shown === 'function' ? Reflect.getMetadata('controllers', shown) : undefined;
        if (controllers !== undefined) declaring.push(name);
      }
    }
    expect(declaring).toContain('QrPaymentsHttpModule');
    expect(declaring.filter((name) => !name.endsWith('HttpModule'))).toEqual([]);
  });
});

function breaks(rule: string, { path, text }: Source): boolean {
  const { where, but, never } = RULES[rule] ?? fail(rule);
  return where.test(path) && but?.test(path) !== true && never.test(text);
}

function fail(rule: string): never {
  throw new Error(`there is no rule "${rule}"`);
}
