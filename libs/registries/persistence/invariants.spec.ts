import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createDatabase, type TestDatabase } from '../../../test/support/database.js';
import { TableOwner } from '../../../test/support/table-owner.js';

type Columns = Record<string, unknown>;

const UNCHANGEABLE = /cannot change/;
const APPEND_ONLY = /is refused: the table is append-only/;
const AT = '2026-03-11T06:00:00Z';

let registries = 0;

function registry(status: string, columns: Columns = {}): Columns {
  const isReconciled = status === 'RECONCILED' || status === 'ACCEPTED';
  return {
    id: randomUUID(),
    content_hash: String(++registries).padStart(64, '0'),
    name: 'registry.xlsx',
    size: 3,
    source: 'UPLOAD',
    received_from: 'Aigul',
    received_at: AT,
    status,
    ...(status === 'FAILED' && { failure: 'NO_HEADER' }),
    ...(isReconciled && {
      kind: 'DAILY',
      period_from: '2026-03-10',
      period_to: '2026-03-10',
      amount: 100,
      fee: 1,
      reconciled_at: AT,
    }),
    ...(status === 'ACCEPTED' && { accepted_at: AT, accepted_by: 'Aigul' }),
    ...columns,
  };
}

/** Even the owner of the tables cannot do this by SQL. */
describe('Registries in the database', () => {
  let database: TestDatabase;
  let owner: TableOwner;
  const others: TableOwner[] = [];

  beforeAll(async () => {
    database = await createDatabase({ applicationRole: false });
    owner = await TableOwner.of(database, 'registries');
  });

  afterAll(async () => {
    for (const one of [owner, ...others]) await one.end();
    await database.drop();
  });

  const update = (id: string, columns: Columns) => async () => owner.update(id, columns);
  const insertThenUpdate = (columns: Columns, change: Columns) => async () =>
    owner.update(await owner.insert(columns), change);

  describe('that are accepted', () => {
    it('stay accepted', async () => {
      const id = await owner.insert(registry('ACCEPTED', { period_from: '2025-01-01', period_to: '2025-01-01' }));
      const notAccepted = { status: 'RECONCILED', accepted_at: null, accepted_by: null };
      await owner.expectRefused(update(id, notAccepted), UNCHANGEABLE);
      await owner.expectRefused(
        update(id, { status: 'FAILED', failure: 'x', accepted_at: null, accepted_by: null }),
        UNCHANGEABLE,
      );
      await owner.expectRefused(update(id, { accepted_by: 'Berik' }), UNCHANGEABLE);
      await owner.expectRefused(update(id, { accepted_at: '2026-03-12T00:00:00Z' }), UNCHANGEABLE);
    });

    it.each(['DAILY', 'MONTHLY'])('are at most one %s registry for each day', async (kind) => {
      const accepted = (from: string, to: string) => registry('ACCEPTED', { kind, period_from: from, period_to: to });
      const insertBoth = (one: Columns, other: Columns) =>
        owner.refusalOf(async () => {
          await owner.insert(one);
          await owner.insert(other);
        });
      const once = `registries_${kind.toLowerCase()}_once`;
      expect(await insertBoth(accepted('2026-03-06', '2026-03-08'), accepted('2026-03-08', '2026-03-09'))).toBe(once);
      expect(await insertBoth(accepted('2026-03-06', '2026-03-08'), accepted('2026-03-09', '2026-03-09'))).toBeNull();
    });

    it('have the operator and the time of acceptance', async () => {
      expect(await owner.refusalOf(() => owner.insert(registry('ACCEPTED', { accepted_by: null })))).toBe(
        'registries_accepted',
      );
      expect(
        await owner.refusalOf(() => owner.insert(registry('RECONCILED', { accepted_by: 'x', accepted_at: AT }))),
      ).toBe('registries_accepted');
    });
  });

  describe('that are compared', () => {
    it.each<[string, Columns]>([
      ['the days', { period_to: '2026-03-11' }],
      ['the fee', { fee: 2 }],
      ['the amount', { amount: 2 }],
      ['the number of rows', { rows: 2 }],
      ['the number of row errors', { row_errors: 2 }],
      ['the stated totals', { stated_row: 2, stated_fee: 1 }],
      ['the kind', { kind: 'MONTHLY' }],
      ['the name', { name: 'other.xlsx' }],
      ['the content', { content_hash: 'f'.repeat(64) }],
      ['the time of receipt', { received_at: '2026-03-12T00:00:00Z' }],
    ])('keep %s', async (_, change) => {
      await owner.expectRefused(insertThenUpdate(registry('RECONCILED'), change), UNCHANGEABLE);
    });

    it('cannot be PROCESSING again, and a file that is not a registry cannot either', async () => {
      await owner.expectRefused(insertThenUpdate(registry('RECONCILED'), { status: 'PROCESSING' }), UNCHANGEABLE);
      await owner.expectRefused(
        insertThenUpdate(registry('FAILED'), { status: 'PROCESSING', failure: null }),
        UNCHANGEABLE,
      );
    });

    it('may match more operations and be accepted', async () => {
      expect(await owner.refusalOf(insertThenUpdate(registry('RECONCILED'), { matched: 1 }))).toBeNull();
      expect(
        await owner.refusalOf(
          insertThenUpdate(registry('RECONCILED'), { status: 'ACCEPTED', accepted_at: AT, accepted_by: 'x' }),
        ),
      ).toBeNull();
    });
  });

  it('have unique contents', async () => {
    const insertTwice = async () => {
      const one = registry('PROCESSING');
      await owner.insert(one);
      await owner.insert(registry('PROCESSING', { content_hash: one.content_hash }));
    };
    expect(await owner.refusalOf(insertTwice)).toBe('registries_content');
  });

  describe('keep', () => {
    let id: string;
    beforeAll(async () => {
      id = await owner.insert(registry('RECONCILED', { period_from: '2024-05-06', period_to: '2024-05-06' }));
      await owner.query('insert into registry_files (registry_id, part, content) values ($1, 0, $2)', [
        id,
        Buffer.from('abc'),
      ]);
      await owner.query(
        `insert into registry_rows (registry_id, row, type, mpp_payment_id, confirmed, amount, payment_id, refund)
         values ($1, 3, 'PURCHASE', 'a', true, 100, null, null), ($1, 4, 'REFUND', 'a', true, 100, gen_random_uuid(), gen_random_uuid())`,
        [id],
      );
      await owner.query(
        `insert into registry_row_errors (registry_id, row, column_name, header, content, problem) values ($1, 3, 'A', 'h', 'c', 'MISSING')`,
        [id],
      );
      await owner.query(
        `with d as (insert into registry_discrepancies (registry_id, kind, subject, row, status, found_at, changed_at)
           values ($1, 'FEE_MISMATCH', 'row:3', 3, 'OPEN', $2, $2) returning id)
         insert into registry_discrepancy_history (discrepancy_id, at, status) select id, $2, 'OPEN' from d`,
        [id, AT],
      );
      await owner.query(
        `insert into registry_tariffs (service, mcc, rate, valid_from, set_at, set_by) values ('PAYMENT', '5812', 5000, '2026-01-01', $1, 'x')`,
        [AT],
      );
    });

    const TABLES = [
      'registry_files',
      'registry_rows',
      'registry_row_errors',
      'registry_discrepancies',
      'registry_discrepancy_history',
    ];

    it.each([...TABLES, 'registries', 'registry_tariffs'])('every row of %s', async (table) => {
      const where =
        table.startsWith('registry_d') || ['registries', 'registry_tariffs'].includes(table)
          ? ''
          : ` where registry_id = '${id}'`;
      await owner.expectRefused(() => owner.query(`delete from ${table}${where}`), APPEND_ONLY);
      await owner.expectRefused(() => owner.query(`truncate ${table} cascade`), APPEND_ONLY);
    });

    it.each([
      ['registry_files', `content = ''`],
      ['registry_row_errors', `problem = 'x'`],
      ['registry_discrepancy_history', `note = 'x'`],
    ])('%s as it was written', async (table, change) => {
      await owner.expectRefused(() => owner.query(`update ${table} set ${change}`), APPEND_ONLY);
    });

    it.each([
      ['amount = 7'],
      ['confirmed = false'],
      ['fee = 3'],
      ['customer_id = null, mpp_payment_id = null'],
      [`type = 'REFUND'`],
      ['row = 9'],
      [`at = '${AT}'`],
    ])('the values of a row: %s is refused', async (change) => {
      await owner.expectRefused(() => owner.query(`update registry_rows set ${change} where row = 3`), UNCHANGEABLE);
    });

    it('the matched payment and refund of a row', async () => {
      const set = (change: string, row: number) => () =>
        owner.query(`update registry_rows set ${change} where row = ${row}`);
      expect(await owner.refusalOf(set('payment_id = gen_random_uuid()', 3))).toBeNull();
      for (const change of [
        'payment_id = gen_random_uuid()',
        'payment_id = null',
        'refund = gen_random_uuid()',
        'refund = null',
      ])
        await owner.expectRefused(set(change, 4), UNCHANGEABLE);
    });

    it.each([`kind = 'TOTAL_MISMATCH'`, `subject = 'row:4'`, 'row = 4', `found_at = '2027-01-01'`])(
      'the subject of a discrepancy: %s is refused',
      async (change) => {
        await owner.expectRefused(
          () => owner.query(`update registry_discrepancies set ${change}`),
          /its subject cannot change/,
        );
      },
    );
  });
});
