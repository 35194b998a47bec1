import 'reflect-metadata';
import '../../config/running.js';
import { parseArgs } from 'node:util';
import { describeFault, JournalCheck, type KnownHead } from '@mpp/ledger';
import { BooksVerification } from '@mpp/operations';
import { connectionOptions, FOR_READING, ReportDatabase, requireDatabase } from '@mpp/platform';
import { DataSource } from 'typeorm';
import { printLine, runCommand } from './command-line.js';

const POOL_SIZE = 2;
const USAGE = 'usage: npm run ledger:verify [-- --expect NUMBER:HASH]…, a head of the chain from the log';

/** Exit codes. */
const SOUND = 0;
const FAULTY = 1;
const NOT_CHECKED = 2;

/** Checks the books of DATABASE_URL and prints each fault on a line. Returns the exit code. */
async function main(): Promise<number> {
  const { DATABASE_URL } = process.env;
  if (DATABASE_URL === undefined || DATABASE_URL === '') throw new Error('DATABASE_URL: is required');
  const expected = expectedHeads();
  // A standby can be checked too.
  await requireDatabase(DATABASE_URL, 'DATABASE_URL', FOR_READING);
  const dataSource = new DataSource(connectionOptions(DATABASE_URL, { poolSize: POOL_SIZE, timeoutMs: null }));
  await dataSource.initialize();
  try {
    const database = new ReportDatabase(dataSource);
    const { entries, head, openPayments, faults } = await new BooksVerification(
      database,
      new JournalCheck(database),
    ).verifyBooks(expected);
    for (const fault of faults) printLine(describeFault(fault));
    printLine(`checked: ${entries} sealed entries, all balances, open payments: ${openPayments}`);
    printLine(
      head === null ? 'nothing is sealed yet' : `head ${head.number}:${head.hash}, of entries up to ${head.lastId}`,
    );
    printLine(faults.length === 0 ? 'the books are sound' : `faults: ${faults.length}`);
    return faults.length === 0 ? SOUND : FAULTY;
  } finally {
    await dataSource.destroy();
  }
}

function expectedHeads(): KnownHead[] {
  const { values } = parseArgs({ options: { expect: { type: 'string', multiple: true, default: [] } } });
  return values.expect.map((text) => {
    const [, number, hash] = /^([1-9]\d{0,17}):([0-9a-f]{64})$/.exec(text) ?? [];
    if (number === undefined || hash === undefined) throw new Error(`${text} is not a head of a chain\n${USAGE}`);
    return { number, hash };
  });
}

runCommand(main, NOT_CHECKED);
