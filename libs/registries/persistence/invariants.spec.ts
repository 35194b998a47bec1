import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createDatabase, type TestDatabase } from '../../../test/support/database.js';
import { TableOwner } from '../../../test/support/table-owner.js';

type Columns = Record<string, unknown>;

const STAYS = /cannot change/;
const ONLY_GROWS = /is refused: the table is append-only/;
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

/** What the owner of the tables can do to them by SQL, whatever the server's code does. */
describe('registries in the database', () => {
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
  const insertedThen = (columns: Columns, change: Columns) => async () =>
    owner.update(await owner.insert(columns), change);

  describe('that were accepted', () => {
    it('are not taken back', async () => {
      const id = await owner.insert(registry('ACCEPTED', { period_from: '2025-01-01', period_to: '2025-01-01' }));
      const takenBack = { status: 'RECONCILED', accepted_at: null, accepted_by: null };
      await owner.expectRefused(update(id, takenBack), STAYS);
      await owner.expectRefused(
        update(id, { status: 'FAILED', failure: 'x', accepted_at: null, accepted_by: null }),
        STAYS,
      );
      await owner.expectRefused(update(id, { accepted_by: 'Berik' }), STAYS);
      await owner.expectRefused(update(id, { accepted_at: '2026-03-12T00:00:00Z' }), STAYS);
    });

    it.each(['DAILY', 'MONTHLY'])('are not two %s ones about the same day', async (kind) => {
      const about = (from: string, to: string) => registry('ACCEPTED', { kind, period_from: from, period_to: to });
      const both = (one: Columns, other: Columns) =>
        owner.refusalOf(async () => {
          await owner.insert(one);
          await owner.insert(other);
        });
      const once = `registries_${kind.toLowerCase()}_once`;
      expect(await both(about('2026-03-06', '2026-03-08'), about('2026-03-08', '2026-03-09'))).toBe(once);
      expect(await both(about('2026-03-06', '2026-03-08'), about('2026-03-09', '2026-03-09'))).toBeNull();
    });

    it('say by whom and when', async () => {
      expect(await owner.refusalOf(() => owner.insert(registry('ACCEPTED', { accepted_by: null })))).toBe(
        'registries_accepted',
      );
      expect(
        await owner.refusalOf(() => owner.insert(registry('RECONCILED', { accepted_by: 'x', accepted_at: AT }))),
      ).toBe('registries_accepted');
    });
  });

  describe('that were compared', () => {
    it.each<[string, Columns]>([
      ['its days', { period_to: '2026-03-11' }],
      ['its fee', { fee: 2 }],
      ['its amount', { amount: 2 }],
      ['how many rows it has', { rows: 2 }],
      ['that rows could not be read', { row_errors: 2 }],
      ['its totals', { stated_row: 2, stated_fee: 1 }],
      ['its kind', { kind: 'MONTHLY' }],
      ['its name', { name: 'other.xlsx' }],
      ['its content', { content_hash: 'f'.repeat(64) }],
      ['when it came', { received_at: '2026-03-12T00:00:00Z' }],
    ])('keep %s', async (_, change) => {
      await owner.expectRefused(insertedThen(registry('RECONCILED'), change), STAYS);
    });

    it('are not read again, and one that is none does not become one', async () => {
      await owner.expectRefused(insertedThen(registry('RECONCILED'), { status: 'PROCESSING' }), STAYS);
      await owner.expectRefused(insertedThen(registry('FAILED'), { status: 'PROCESSING', failure: null }), STAYS);
    });

    it('may find more of their operations in the books', async () => {
      expect(await owner.refusalOf(insertedThen(registry('RECONCILED'), { matched: 1 }))).toBeNull();
      expect(
        await owner.refusalOf(
          insertedThen(registry('RECONCILED'), { status: 'ACCEPTED', accepted_at: AT, accepted_by: 'x' }),
        ),
      ).toBeNull();
    });
  });

  it('have one content once', async () => {
    const both = async () => {
      const one = registry('PROCESSING');
      await owner.insert(one);
      await owner.insert(registry('PROCESSING', { content_hash: one.content_hash }));
    };
    expect(await owner.refusalOf(both)).toBe('registries_content');
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
      await owner.expectRefused(() => owner.query(`delete from ${table}${where}`), ONLY_GROWS);
      await owner.expectRefused(() => owner.query(`truncate ${table} cascade`), ONLY_GROWS);
    });

    it.each([
      ['registry_files', `content = ''`],
      ['registry_row_errors', `problem = 'x'`],
      ['registry_discrepancy_history', `note = 'x'`],
    ])('%s as it was written', async (table, change) => {
      await owner.expectRefused(() => owner.query(`update ${table} set ${change}`), ONLY_GROWS);
    });

    it.each([
      ['amount = 7'],
      ['confirmed = false'],
      ['fee = 3'],
      ['customer_id = null, mpp_payment_id = null'],
      [`type = 'REFUND'`],
      ['row = 9'],
      [`at = '${AT}'`],
    ])('what a row said: not %s', async (change) => {
      await owner.expectRefused(() => owner.query(`update registry_rows set ${change} where row = 3`), STAYS);
    });

    it('which payment and refund a row is about, once that is known', async () => {
      const set = (change: string, row: number) => () =>
        owner.query(`update registry_rows set ${change} where row = ${row}`);
      expect(await owner.refusalOf(set('payment_id = gen_random_uuid()', 3))).toBeNull();
      for (const change of [
        'payment_id = gen_random_uuid()',
        'payment_id = null',
        'refund = gen_random_uuid()',
        'refund = null',
      ])
        await owner.expectRefused(set(change, 4), STAYS);
    });

    it.each([`kind = 'TOTAL_MISMATCH'`, `subject = 'row:4'`, 'row = 4', `found_at = '2027-01-01'`])(
      'what a difference is about: not %s',
      async (change) => {
        await owner.expectRefused(
          () => owner.query(`update registry_discrepancies set ${change}`),
          /its subject cannot change/,
        );
      },
    );
  });

  describe('and settlements with Kaspi', () => {
    const settle =
      (amount: number, netted: number, reference = randomUUID()) =>
      async () => {
        await owner.query(
          `insert into registry_settlements (id, day, reference, amount, netted, settled_by, settled_at)
         values (gen_random_uuid(), '2026-03-10', $1, $2, $3, 'x', $4)`,
          [reference, amount, netted, AT],
        );
        await owner.query('set constraints all immediate');
      };

    it('are in the journal, to the tiyn', async () => {
      await owner.expectRefused(settle(100, 0), 'registry_settlements_in_journal');
      await owner.expectRefused(settle(0, 100), 'registry_settlements_in_journal');
      const posted = (amount: number) => async () => {
        const reference = randomUUID();
        await owner.query('select ledger_post($1, $2, $3, $4, $5, $6)', [
          ...[
            'PAYOUT',
            reference,
            '00000000-0000-7000-8000-000000000003',
            '00000000-0000-7000-8000-000000000008',
            amount,
            AT,
          ],
        ]);
        await settle(100, 0, reference)();
      };
      expect(await owner.refusalOf(posted(99))).toBe('registry_settlements_in_journal');
      expect(await owner.refusalOf(posted(100))).toBeNull();
    });
  });
});
