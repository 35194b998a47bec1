/**
 * `npm run check:sources`: rules that cannot be checked by imports. They are checked in the text of apps/, libs/ and config/ without
 * specs; a rule with `tests` also in specs and in test/. Prints one line for each violation, and exits with 1 if there is one. For
 * each rule, test/architecture/sources/violations/ has files that break it; test/architecture/sources.spec.ts checks them.
 */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const MOST_LINES = 250;
const SERVER = /^(libs|apps\/mpp-server)\//;
/** The beginning of a statement as a string, or the call that sends one. */
const SQL =
  /[`'"]\s*(select|insert into|delete from|truncate|update \w+( \w+)? set|with (recursive )?\w+[^`'"]* as( not)?( materialized)? \()\s|\.query(<|\()/;

/** `where` and `but`: paths. `never`: text that no such file contains. `tests`: applies to specs and test/ too. */
export const RULES = [
  {
    name: 'modules-use-no-forward-ref',
    comment: 'Modules do not depend on each other in a cycle.',
    where: /\.ts$/,
    never: /\bforwardRef\b/,
  },
  {
    name: 'a-domain-has-no-clock',
    comment: 'A pure rule gets the time as a parameter.',
    where: /^libs\/[^/]+\/domain\//,
    never: /\bnew Date\(\)|\bDate\.now\b|\bperformance\.now\b|\bset(Timeout|Interval|Immediate)\b/,
  },
  {
    name: 'times-come-from-the-clock',
    comment: 'Due times come from the Clock, never from the database. ClockCheck compares the two.',
    where: SERVER,
    but: /^libs\/(kernel\/clock\.ts$|platform\/database\/database-state\.ts$)/,
    never: /(?<![.\w])(now|(clock|statement|transaction)_timestamp)\(\)|\bcurrent_timestamp\b/i,
  },
  {
    name: 'transactions-begin-in-services',
    comment: 'A service, or the outbox, decides what commits together.',
    where: SERVER,
    but: /\.service\.ts$|^libs\/outbox\/(outbox|delivery\/batch-settler)\.ts$|^libs\/alerts\/alerts\.ts$|^libs\/platform\/database\//,
    never: /\.(transaction|longTransaction)\(|\bstart transaction\b|'begin'/i,
  },
  {
    name: 'sql-is-in-persistence-and-sql-files',
    comment: 'SQL is only in libs/*/persistence/, libs/*/sql/ and libs/platform/database/.',
    where: SERVER,
    but: /\.sql$|^libs\/[^/]+\/persistence\/|^libs\/platform\/database\/|^apps\/mpp-server\/migrations\//,
    never: SQL,
  },
  {
    name: 'migrations-create-no-code',
    comment: 'Functions, triggers and views are in libs/*/sql/, one file each, as they are now.',
    where: /^apps\/mpp-server\/migrations\//,
    never: /\bcreate (or replace )?(constraint )?(function|procedure|trigger|(materialized )?view)\b/i,
  },
  {
    name: 'long-reads-have-their-own-pool',
    comment: 'What reads any number of rows takes ReportDatabase, never a connection of the money path (decision 21).',
    where: /^libs\/(registries|settlements|ledger\/(books|seals|verification)|operations\/books)\//,
    never: /\bimport\b[^;]*[{,\s]Database\b[^;]*'@mpp\/platform'/,
  },
  {
    name: 'downloads-serve-files',
    comment: 'A file is written to disk and then sent by Downloads, which bounds how many at once.',
    where: SERVER,
    but: /^libs\/platform\/http\/downloads\.ts$/,
    never: /\bnew StreamableFile\b/,
  },
  {
    name: 'files-are-short',
    comment: `A file has one subject and at most ${MOST_LINES} lines.`,
    where: /\.(ts|sql)$/,
    tests: true,
    never: new RegExp(`^(.*\n){${MOST_LINES}}[^]`),
  },
];

/** The violations in the tree, as `{ rule, path }`. */
export function findViolations(root) {
  return globSync('{apps,libs,config,test}/**/*.{ts,sql}', { cwd: root })
    .filter((path) => !path.includes('/violations/'))
    .toSorted()
    .flatMap((path) => {
      const text = readFileSync(join(root, path), 'utf8');
      const isTest = path.startsWith('test/') || path.endsWith('.spec.ts');
      const rules = RULES.filter(({ tests }) => tests || !isTest);
      const broken = rules.filter(({ where, but, never }) => where.test(path) && !but?.test(path) && never.test(text));
      return broken.map(({ name }) => ({ rule: name, path }));
    });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const violations = findViolations('.');
  for (const { rule, path } of violations) {
    process.stdout.write(`${path}: ${rule}: ${RULES.find(({ name }) => name === rule)?.comment}\n`);
  }
  process.exitCode = violations.length > 0 ? 1 : 0;
}
