import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { cruise, type ICruiseResult, type IForbiddenRuleType } from 'dependency-cruiser';

const ROOT = join(import.meta.dirname, '../..');
const VIOLATIONS = join(import.meta.dirname, 'violations');
const FOLDERS = '.dependency-cruiser.folders.cjs';
const { forbidden } = configuration('.dependency-cruiser.cjs');
const RULES = forbidden.map(({ name }) => name);

describe('the import rules', () => {
  let tree: ICruiseResult;

  beforeAll(async () => {
    tree = await checkImports();
  });

  it('hold for all files in apps/, libs/ and config/', () => {
    expect(tree.summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} → ${to}`)).toEqual([]);
  });

  it('resolve aliases and .js imports to files', () => {
    const imports = tree.modules.flatMap(({ dependencies }) => dependencies);
    const aliased = imports.filter(({ module }) => module.startsWith('@mpp/'));
    expect(aliased.length).toBeGreaterThan(50);
    for (const { module, resolved } of aliased) expect(resolved).toBe(fileBehind(module));
    const relative = imports.filter(({ module }) => /^\..*\.js$/.test(module));
    expect(relative.length).toBeGreaterThan(50);
    for (const { resolved } of relative) expect(resolved).toMatch(/^(apps|libs|config|test)\/.*\.ts$/);
  });

  it('have a violation tree each', () => {
    expect(readdirSync(VIOLATIONS).toSorted()).toEqual(RULES.toSorted());
  });

  it.each(RULES)('%s finds each import of its violation tree, and no other rule does', async (rule) => {
    const imports = (await cruiseTree(join(VIOLATIONS, rule), '.dependency-cruiser.cjs')).modules.flatMap(
      ({ dependencies }) => dependencies,
    );
    expect(imports.length).toBeGreaterThan(0);
    for (const { module, rules } of imports) {
      expect({ module, broken: rules?.map(({ name }) => name) }).toEqual({ module, broken: [rule] });
    }
  });

  it('forbid cycles between folders, and find none', async () => {
    expect((await checkImports('--config', FOLDERS)).summary.violations).toEqual([]);
  });

  it('no-cycles-between-folders finds folders that import each other, without a cycle of files', async () => {
    const { name } = configuration(FOLDERS).forbidden[0] ?? {};
    const tree = join(import.meta.dirname, 'folder-violations', name ?? '');
    expect((await cruiseTree(tree, '.dependency-cruiser.cjs')).summary.violations).toEqual([]);
    const { violations } = (await cruiseTree(tree, FOLDERS)).summary;
    expect(violations.map(({ rule, from, to }) => [rule.name, from, to])).toEqual([
      [name, 'libs/qr-payments/core-banking', 'libs/qr-payments/notify'],
      [name, 'libs/qr-payments/notify', 'libs/qr-payments/core-banking'],
    ]);
  });

  it('have a comment each', () => {
    for (const { name, comment } of [...forbidden, ...configuration(FOLDERS).forbidden])
      expect({ name, comment }).toEqual({ name, comment: expect.stringMatching(/\.$/) });
  });
});

/** What `npm run check:imports` runs, with its findings as JSON. It exits with their number. */
function checkImports(...more: string[]): Promise<ICruiseResult> {
  const depcruise = join(ROOT, 'node_modules/.bin/depcruise');
  const args = [depcruise, '--output-type', 'json', 'apps', 'libs', 'config', ...more];
  return new Promise((resolve, reject) => {
    execFile(process.execPath, args, { cwd: ROOT, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      if (stdout === '') reject(error ?? new Error(stderr));
      else resolve(JSON.parse(stdout) as ICruiseResult);
    });
  });
}

async function cruiseTree(tree: string, file: string): Promise<ICruiseResult> {
  const { forbidden, options } = configuration(file);
  const { tsConfig: _, enhancedResolveOptions, ...rest } = options;
  const settings = { ...rest, baseDir: tree, validate: true, ruleSet: { forbidden } };
  const { output } = await cruise(['.'], settings, enhancedResolveOptions);
  return output as ICruiseResult;
}

function configuration(file: string): Configuration {
  return createRequire(import.meta.url)(join(ROOT, file)) as Configuration;
}

interface Configuration {
  readonly forbidden: (IForbiddenRuleType & { readonly name: string })[];
  readonly options: { readonly tsConfig: object; readonly enhancedResolveOptions: object };
}

/** By tsconfig's `paths`. */
function fileBehind(alias: string): string {
  if (alias === '@mpp/config') return 'config/index.ts';
  const path = alias.slice('@mpp/'.length);
  return path.endsWith('/wire') ? `libs/${path}.ts` : `libs/${path}/index.ts`;
}
