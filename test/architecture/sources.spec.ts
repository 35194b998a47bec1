import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import 'reflect-metadata';
import { findViolations, RULES } from '../../tools/check-sources.js';

const ROOT = join(import.meta.dirname, '../..');

describe('the sources', () => {
  const sources = globSync('{apps,libs,config}/**/*.ts', { cwd: ROOT })
    .filter((path) => !path.endsWith('.spec.ts'))
    .map((path) => ({ path, text: readFileSync(join(ROOT, path), 'utf8') }));

  it.each(RULES)('follow the rule $name', ({ name }) => {
    expect(findViolations(ROOT).filter(({ rule }) => rule === name)).toEqual([]);
  });

  it.each(RULES)('that break the rule $name are found, each file of its violation tree', ({ name }) => {
    const tree = join(ROOT, 'test/architecture/sources/violations', name);
    const files = globSync('**/*.ts', { cwd: tree }).toSorted();
    expect(files).not.toEqual([]);
    expect(findViolations(tree)).toEqual(files.map((path) => ({ rule: name, path })));
  });

  it('of tests connect with test/support/database.ts, whose clients survive the end of a database', () => {
    const tests = ['apps/**/*.spec.ts', 'libs/**/*.spec.ts', 'test/**/*.ts'].flatMap((pattern) =>
      globSync(pattern, { cwd: ROOT }),
    );
    const connect = /\bnew pg\.(Pool|Client)\b|\bnew (Pool|Client)\(/;
    const found = tests.filter((path) => connect.test(readFileSync(join(ROOT, path), 'utf8')));
    expect(found.sort()).toEqual(['test/support/database.ts', 'test/support/global-setup.ts']);
  });

  it('give each schema of the API’s documents a name of its own, since of two with one name only one is shown', () => {
    const names = sources.flatMap(({ text }) =>
      [...text.matchAll(/^export class (\w+Dto)\b/gm)].map(([, name]) => name),
    );
    expect(names.length).toBeGreaterThan(50);
    expect(names.filter((name, index) => names.indexOf(name) < index)).toEqual([]);
  });

  it('declare controllers only in http modules, so that each listener serves only its own', async () => {
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
