import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { AccountId } from '@mpp/kernel';
import type pg from 'pg';
import { LedgerFixture } from '../../../test/support/ledger-fixture.js';
import { SHARED_ACCOUNTS } from '../domain/chart.js';
import { JournalSeals } from '../seals/journal-seals.service.js';

const fixture = new LedgerFixture({ BACKGROUND_WORK: 'off' });

describe('a seal', () => {
  /** A session of the owner of the tables. */
  let client: pg.Client;
  let account: AccountId;

  beforeAll(async () => {
    client = await fixture.database.connect();
    account = await fixture.openAccount('1.00');
    await fixture.server.app.get(JournalSeals).sealAll();
  });

  afterAll(() => client.end());

  it('is computed from digests: SHA-256 over a JSON array of all columns, independent of session settings', async () => {
    const at = '2026-03-10T06:00:00.123456Z';
    const reference = 'r "quoted" \\ with\ttab, кириллица and 😀';
    await client.query("select ledger_post('DEPOSIT', $1, $2, $3, 12345, $4)", [
      reference,
      SHARED_ACCOUNTS.FUNDING,
      account,
      at,
    ]);
    const digest = async () =>
      (
        await client.query<{ id: string; digest: string }>(
          "select id, encode(ledger_digest(e), 'hex') as digest from ledger_entries e order by id desc limit 1",
        )
      ).rows[0];
    const first = await digest();
    const micros = BigInt(Date.parse('2026-03-10T06:00:00Z')) * 1000n + 123_456n;
    const columns = [
      first?.id,
      '"DEPOSIT"',
      JSON.stringify(reference),
      `"${SHARED_ACCOUNTS.FUNDING}"`,
      `"${account}"`,
      '12345',
      micros,
      ...['null', 'null', 'null'],
    ];
    const text = `[${columns.join(', ')}]`;
    expect(first?.digest).toBe(createHash('sha256').update(text).digest('hex'));
    for (const setting of [
      "timezone = 'Asia/Almaty'",
      "datestyle = 'German'",
      'extra_float_digits = -5',
      "bytea_output = 'escape'",
      "intervalstyle = 'iso_8601'",
      "lc_numeric = 'C'",
      'standard_conforming_strings = off',
    ]) {
      await client.query(`set ${setting}`);
      expect([setting, await digest()]).toEqual([setting, first]);
    }
    await client.query('reset all');
  });

  it('is refused if it does not follow the previous seal, also in a session of the owner of the tables', async () => {
    const insert = (number: string, first: string) =>
      client.query(
        `insert into ledger_seals (number, first_id, last_id, entries, booked_until, late_by, hash, entry_ids, digests, sealed_at)
         select ${number}, ${first}, last_id + 1000, 1, booked_until, 0, hash, array[1], '\\x0000000000000000', now()
         from ledger_seals order by number desc limit 1`,
      );
    await expect(insert('number + 2', 'last_id + 1')).rejects.toThrow('does not follow');
    await expect(insert('number + 1', 'last_id')).rejects.toThrow('does not follow');
    await expect(insert('number', 'last_id + 1')).rejects.toThrow('does not follow');
  });

  it.each(['ledger_seals', 'ledger_turnovers', 'ledger_checkpoints', 'ledger_verifications'])(
    'cannot be changed: the table %s is append-only, in replication mode too',
    async (table) => {
      const { rows } = await client.query<{ column_name: string }>(
        "select column_name from information_schema.columns where table_name = $1 and column_name in ('seal', 'faults', 'entries', 'debited') limit 1",
        [table],
      );
      const column = rows[0]?.column_name ?? '';
      await client.query(
        `insert into ledger_verifications (verified_at, entries, faults) values (now(), 0, 0);
         insert into ledger_checkpoints values (gen_random_uuid(), -1, 0, 0, 0)`,
      );
      for (const mode of ['origin', 'replica']) {
        await client.query(`set session_replication_role = ${mode}`);
        for (const change of [`update ${table} set ${column} = ${column}`, `delete from ${table}`, `truncate ${table}`])
          await expect(client.query(change)).rejects.toThrow('append-only');
      }
      await client.query('reset session_replication_role');
    },
  );
});
