import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { AccountId } from '@mpp/kernel';
import { violatedConstraint } from '@mpp/platform';
import type pg from 'pg';
import { LedgerFixture } from '../../../test/support/ledger-fixture.js';
import { until } from '../../../test/support/until.js';
import { SHARED_ACCOUNTS } from '../domain/chart.js';

const { IN_TRANSIT } = SHARED_ACCOUNTS;
const POST = 'select ledger_post($1, $2, $3, $4, $5, now())';
const fixture = new LedgerFixture();

describe('two transactions at once', () => {
  let owner: pg.Client;
  let first: pg.Client;
  let second: pg.Client;

  beforeAll(async () => {
    [owner, first, second] = (await Promise.all([1, 2, 3].map(() => fixture.database.connect()))) as [
      pg.Client,
      pg.Client,
      pg.Client,
    ];
  });

  afterAll(() => Promise.all([owner.end(), first.end(), second.end()]));

  /** The second posts while the first has posted and not committed. Returns the result of the second. */
  async function race(entries: readonly [unknown[], unknown[]], ending: 'commit' | 'rollback'): Promise<unknown> {
    const { rows } = await second.query<{ pid: number }>('select pg_backend_pid() as pid');
    await first.query('begin');
    await first.query(POST, entries[0]);
    const result = second.query(POST, entries[1]).then(
      () => 'posted',
      (error: unknown) => violatedConstraint(error),
    );
    await until(
      'the second waits for the first',
      () => owner.query("select 1 from pg_stat_activity where pid = $1 and wait_event_type = 'Lock'", [rows[0]?.pid]),
      ({ rowCount }) => rowCount === 1,
    );
    await first.query(ending);
    return result;
  }

  const pay = (reference: string, account: AccountId, tiyn: number) => [
    'PAYMENT',
    reference,
    account,
    IN_TRANSIT,
    tiyn,
  ];

  it('cannot debit the same money: the second is refused after the first has committed', async () => {
    const account = await fixture.openAccount('100.00');
    expect(await race([pay('race-1', account, 8000), pay('race-2', account, 8000)], 'commit')).toBe(
      'ledger_accounts_no_overdraft',
    );
    expect(await fixture.storedBalance(account)).toBe('20.00');
  });

  it('can debit the same money if the first is rolled back', async () => {
    const account = await fixture.openAccount('100.00');
    expect(await race([pay('race-3', account, 8000), pay('race-4', account, 8000)], 'rollback')).toBe('posted');
    expect(await fixture.storedBalance(account)).toBe('20.00');
  });

  it('cannot debit one payment twice, not even from two accounts', async () => {
    const [one, other] = [await fixture.openAccount('100.00'), await fixture.openAccount('100.00')];
    expect(await race([pay('race-5', one, 100), pay('race-5', other, 100)], 'commit')).toBe(
      'ledger_entries_one_payment',
    );
    expect([await fixture.storedBalance(one), await fixture.storedBalance(other)]).toEqual(['99.00', '100.00']);
  });
});
