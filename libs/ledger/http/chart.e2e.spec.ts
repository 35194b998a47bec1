import { describe, expect, it } from '@jest/globals';
import { LedgerFixture } from '../../../test/support/ledger-fixture.js';

const fixture = new LedgerFixture();

describe('the chart of accounts', () => {
  it('contains every kind and purpose that the database allows, and no other', async () => {
    const { body } = await fixture.call<{
      accounts: { kind: string; accountId: string | null }[];
      purposes: { purpose: string }[];
    }>('GET', 'ledger/chart');
    const allowed = async (constraint: string) => {
      const [row] = await fixture.database.query<{ text: string }>(
        'select pg_get_constraintdef(oid) as text from pg_constraint where conname = $1',
        [constraint],
      );
      return [...(row?.text ?? '').matchAll(/'([A-Z_]+)'/g)].map(([, name]) => name).sort();
    };
    expect(body.accounts.map(({ kind }) => kind).sort()).toEqual(await allowed('ledger_accounts_kind_check'));
    expect(body.purposes.map(({ purpose }) => purpose).sort()).toEqual(await allowed('ledger_entries_purpose_check'));
    const shared = await fixture.database.query(
      'select kind, id as "accountId" from ledger_accounts where balance is null',
    );
    const listed = body.accounts.flatMap(({ kind, accountId }) => (accountId === null ? [] : [{ kind, accountId }]));
    expect(listed).toHaveLength(shared.length);
    expect(listed).toEqual(expect.arrayContaining(shared));
  });
});
