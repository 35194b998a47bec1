import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { booksFixture, FUNDING, IN_TRANSIT, PAYABLE_TO_KASPI } from '../../../test/support/books-fixture.js';
import { PROGRAM_ENV } from '../../../test/support/program-env.js';

const VERIFY = path.join(import.meta.dirname, '../../../dist/apps/mpp-server/verify-ledger.js');
const UNKNOWN_ACCOUNT = '00000000-0000-7000-8000-00000000dead';

const { fixture, found, seal } = booksFixture();

async function headOf(): Promise<{ number: string; hash: string }> {
  const { rows } = await fixture.owner.query(
    "select number, encode(hash, 'hex') as hash from ledger_seals order by number desc limit 1",
  );
  return rows[0];
}

/** The output of `npm run ledger:verify` with its exit code. */
async function verify(args: string[] = []) {
  const env = { ...PROGRAM_ENV, DATABASE_URL: fixture.database.url };
  const run = promisify(execFile)(process.execPath, [VERIFY, ...args], { env });
  return run.then(
    ({ stdout }) => ({ code: 0, lines: stdout.trim().split('\n') }),
    ({ code, stdout, stderr }) => ({ code, lines: `${stdout}${stderr}`.trim().split('\n') }),
  );
}

describe('books without manipulation', () => {
  it('are sound, by the command too, which prints the head of the chain', async () => {
    expect(await found()).toEqual([]);
    const head = await headOf();
    const { code, lines } = await verify(['--expect', `${head.number}:${head.hash}`]);
    expect({ code, lines }).toEqual({
      code: 0,
      lines: [
        'checked: 113 sealed entries, all balances, open payments: 1',
        `head ${head.number}:${head.hash}, of entries up to ${Number(fixture.gap) + 3}`,
        'the books are sound',
      ],
    });
  });

  it('are not checked for an invalid head, which the exit code shows', async () => {
    const { code, lines } = await verify(['--expect', '3:abc']);
    expect([code, lines[0]]).toEqual([2, '3:abc is not a head of a chain']);
  });
});

describe('the check finds that', () => {
  const entry = (set: string) => `update ledger_entries set ${set} where reference = 'd-30'`;

  it.each([
    ['an amount', entry('amount = amount + 1'), true],
    ['the debited account', entry(`debit_account_id = '${PAYABLE_TO_KASPI}'`), false],
    ['the credited account', entry(`credit_account_id = '${IN_TRANSIT}'`), true],
    ['a reference', entry("reference = 'd-30.'"), false],
    ['a purpose', entry("purpose = 'FEE'"), false],
    ['a time, by a microsecond', entry("booked_at = booked_at + interval '1 microsecond'"), false],
  ])('%s of an entry was changed, and names the entry', async (_, change, movesMoney) => {
    await fixture.owner.query(change);
    const faults = await found();
    expect(faults[0]).toBe(`entry ${fixture.deposit} is not what was sealed`);
    expect(faults.includes(`account ${fixture.account} has a balance that differs from the sum of its entries`)).toBe(
      movesMoney,
    );
  });

  it('a reason was added to an entry that is not a correction, and names the entry', async () => {
    await fixture.owner.query(entry("reason = 'because'"));
    expect(await found()).toEqual([`entry ${fixture.deposit} is not what was sealed`]);
  });

  it('an entry was deleted, and names it', async () => {
    await fixture.owner.query("delete from ledger_entries where reference = 'd-30'");
    expect(await found()).toEqual([
      `entry ${fixture.deposit} was sealed and is missing`,
      expect.stringContaining('checkpoint of account'),
      `account ${fixture.account} has a balance that differs from the sum of its entries`,
    ]);
  });

  it.each([
    ['in a gap', () => fixture.gap],
    ['before the first one', () => '-5'],
  ])('an entry was inserted among sealed ones, %s, and names it', async (_, id) => {
    await fixture.owner.query(
      `insert into ledger_entries (id, purpose, reference, debit_account_id, credit_account_id, amount, booked_at)
       overriding system value values ($1, 'FEE', 'x', $2, $3, 5, now())`,
      [id(), FUNDING, PAYABLE_TO_KASPI],
    );
    expect(await found()).toEqual([`entry ${id()} is among sealed entries and was not sealed with them`]);
  });

  it('an entry was inserted after all seals on an unknown account, and names the account', async () => {
    await fixture.owner.query(
      `insert into ledger_entries (purpose, reference, debit_account_id, credit_account_id, amount, booked_at)
       values ('FEE', 'x', $1, $2, 5, now())`,
      [UNKNOWN_ACCOUNT, PAYABLE_TO_KASPI],
    );
    expect(await found()).toEqual([`account ${UNKNOWN_ACCOUNT} has entries and does not exist`]);
    await seal(25);
    expect(await found()).toEqual([`account ${UNKNOWN_ACCOUNT} has entries and does not exist`]);
  });

  it('a balance was changed, and names the account', async () => {
    await fixture.owner.query('update ledger_accounts set balance = balance + 1 where id = $1', [fixture.account]);
    expect(await found()).toEqual([
      `account ${fixture.account} has a balance that differs from the sum of its entries`,
    ]);
  });

  it.each([
    ['the hash', "hash = sha256('x')", [2, 3]],
    ['the end of the booking period', "booked_until = booked_until + interval '1 hour'", [2]],
    ['the delay', 'late_by = late_by + 1', [2]],
    ['the time', "sealed_at = sealed_at + interval '1 hour'", [2]],
  ])('%s of a seal was changed, and names the seal', async (_, set, broken) => {
    await fixture.owner.query(`update ledger_seals set ${set} where number = 2`);
    const faults = await found();
    for (const number of broken) expect(faults).toContain(`seal ${number} does not match its entries`);
    expect(faults.every((fault) => /^seal [23] /.test(fault))).toBe(true);
  });

  it('an entry was changed together with its digest in the seal, and names the seal', async () => {
    await fixture.owner.query(entry('amount = amount + 1'));
    await fixture.owner.query(
      `update ledger_seals s set digests = (select string_agg(substr(ledger_digest(e), 1, 8), ''::bytea order by e.id)
         from ledger_entries e where e.id = any(s.entry_ids)) where $1 = any(entry_ids)`,
      [fixture.deposit],
    );
    expect((await found())[0]).toBe('seal 2 does not match its entries');
  });

  it('a seal was removed, and names it and nothing else', async () => {
    await fixture.owner.query('delete from ledger_seals where number = 2');
    expect(await found()).toEqual(['seal 2 is missing from the chain']);
  });

  it('the last seals were removed, by a head that was noted elsewhere', async () => {
    const head = await headOf();
    await fixture.owner.query('delete from ledger_seals where number >= 4');
    expect(await found()).toEqual([]);
    expect(await found([head])).toEqual(['seal 4 is missing from the chain', 'seal 5 is missing from the chain']);
    await fixture.owner.query(
      'insert into ledger_verifications (verified_at, entries, seal, hash, faults) values (now(), 1, 5, $1, 0)',
      [Buffer.from(head.hash, 'hex')],
    );
    expect(await found()).toEqual(['seal 4 is missing from the chain', 'seal 5 is missing from the chain']);
  });

  it('an entry was changed and the whole chain rebuilt, by a head that was noted elsewhere', async () => {
    const head = await headOf();
    await fixture.owner.query(entry('amount = amount + 1'));
    await fixture.owner.query('update ledger_accounts set balance = balance + 1 where id = $1', [fixture.account]);
    await fixture.owner.query('delete from ledger_seals; delete from ledger_turnovers; delete from ledger_checkpoints');
    await seal(25);
    expect(await found()).toEqual([]);
    expect(await found([head])).toEqual([`seal ${head.number} has another hash than expected`]);
  });

  it.each([
    [
      'turnover of CUSTOMER at seal 2',
      "update ledger_turnovers set credited = credited + 1 where seal = 2 and kind = 'CUSTOMER'",
    ],
    ['turnover of FUNDING at seal 3', "delete from ledger_turnovers where seal = 3 and kind = 'FUNDING'"],
    ['checkpoint of account', 'update ledger_checkpoints set debited = debited + 1'],
  ])('a sum was changed, and names the %s', async (name, change) => {
    await fixture.owner.query(change);
    const faults = await found();
    expect(faults[0]).toMatch(new RegExp(`^${name}.* differs from the sum of the entries$`));
    expect(faults.every((fault) => fault.endsWith('differs from the sum of the entries'))).toBe(true);
  });

  it('by the command, which names the row and exits with 1', async () => {
    await fixture.owner.query(entry("reference = 'd-30.'"));
    const { code, lines } = await verify();
    expect(code).toBe(1);
    expect(lines[0]).toBe(`entry ${fixture.deposit} is not what was sealed`);
    expect(lines.at(-1)).toBe('faults: 1');
  });
});
