import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import ts from 'typescript';

const ROOT = join(import.meta.dirname, '../..');

/** Beside each sentence: code that must compile, and the same with the mistake. */
const CASES = {
  'whatever joins a transaction is given it': {
    right: `await ledger.postEntries(tx, entries);`,
    wrong: `await ledger.postEntries(entries);`,
  },
  'a transaction is an open one, not just any connection': {
    right: `await database.transaction((open) => ledger.postEntries(open, entries));`,
    wrong: `await ledger.postEntries(database.manager, entries);`,
  },
  'a snapshot, which may take long, is read on the connections of reports': {
    right: `await reports.snapshot(openPayments);`,
    wrong: `await database.snapshot(openPayments);`,
  },
  'what reads everything is given a snapshot, not the connections of payments': {
    right: `declare const snapshot: Snapshot; await openPayments(snapshot);`,
    wrong: `await openPayments(database);`,
  },
  'a service that reads long is not given the connections of payments': {
    right: `new JournalCheck(reports);`,
    wrong: `new JournalCheck(database);`,
  },
  'every error code has its HTTP answer': {
    right: `const all: Record<ErrorCode, unknown> = { ...PROBLEMS };`,
    wrong: `const { NOT_FOUND: _, ...rest } = PROBLEMS; const all: typeof PROBLEMS = rest;`,
  },
  'an error has a code of the list': {
    right: `throw new DomainError('NOT_FOUND');`,
    wrong: `throw new DomainError('NOT_FOUMD');`,
  },
  'answered, not sent and unknown are each handled': {
    right: `const describe = (o: KaspiOutcome<1>): string => {
      switch (o.kind) { case 'answered': return o.resultCode; case 'not-sent': return o.reason; case 'unknown': return o.reason; } };`,
    wrong: `const describe = (o: KaspiOutcome<1>): string => {
      switch (o.kind) { case 'answered': return o.resultCode; case 'not-sent': return o.reason; } };`,
  },
  'an id is made by its constructor': {
    right: `const id: PaymentId = paymentId('019b1f7e-4a31-7c3f-9a55-0d7a9c1b2e44');`,
    wrong: `const id: PaymentId = '019b1f7e-4a31-7c3f-9a55-0d7a9c1b2e44';`,
  },
  'one id is not another': {
    right: `declare const payment: PaymentId; const same: PaymentId = payment;`,
    wrong: `declare const payment: PaymentId; const account: AccountId = payment;`,
  },
  'an amount is no number': {
    right: `const amount: Money = Money.parse('100.00');`,
    wrong: `const amount: Money = 100;`,
  },
};

const PREAMBLE = `
  import { type AccountId, DomainError, type ErrorCode, Money, type PaymentId, paymentId } from '@mpp/kernel';
  import type { KaspiOutcome } from '@mpp/kaspi';
  import { JournalCheck, type Ledger, type NewEntry } from '@mpp/ledger';
  import { type Database, PROBLEMS, type ReportDatabase, type Snapshot, type Tx } from '@mpp/platform';
  import { openPayments } from '@mpp/qr-payments';
  declare const ledger: Ledger, database: Database, reports: ReportDatabase, tx: Tx, entries: NewEntry[];
`;

describe('the compiler', () => {
  let errorsOf: ReadonlyMap<string, string[]>;

  beforeAll(() => {
    const cases = Object.entries(CASES).flatMap(([rule, { right, wrong }], index) => [
      [`${rule}: right`, `right-${index}.ts`, right] as const,
      [`${rule}: wrong`, `wrong-${index}.ts`, wrong] as const,
    ]);
    const errors = compile(new Map(cases.map(([, file, code]) => [file, `${PREAMBLE} ${code} export {};`])));
    errorsOf = new Map(cases.map(([name, file]) => [name, errors.get(file) ?? []]));
  });

  it.each(Object.keys(CASES))('guarantees that %s', (rule) => {
    expect(errorsOf.get(`${rule}: right`)).toEqual([]);
    expect(errorsOf.get(`${rule}: wrong`)).toHaveLength(1);
  });
});

/** Compiles files that are nowhere on the disk as if they lay beside this one. Returns the errors in each. */
function compile(files: ReadonlyMap<string, string>): Map<string, string[]> {
  const config = ts.readConfigFile(join(ROOT, 'tsconfig.json'), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent({ ...config.config, files: [], include: [] }, ts.sys, ROOT);
  const strict = { ...options, noUnusedLocals: false, emitDecoratorMetadata: false };
  const paths = new Map([...files].map(([name, code]) => [join(import.meta.dirname, name), code]));
  const host = ts.createCompilerHost(strict);
  const { getSourceFile, fileExists, readFile } = host;
  host.fileExists = (path) => paths.has(path) || fileExists(path);
  host.readFile = (path) => paths.get(path) ?? readFile(path);
  host.getSourceFile = (path, language, ...rest) => {
    const code = paths.get(path);
    return code === undefined
      ? getSourceFile(path, language, ...rest)
      : ts.createSourceFile(path, code, language, true);
  };
  const program = ts.createProgram([...paths.keys()], strict, host);
  return new Map(
    [...paths.keys()].map((path) => [
      path.slice(import.meta.dirname.length + 1),
      program
        .getSemanticDiagnostics(program.getSourceFile(path))
        .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' ')),
    ]),
  );
}
