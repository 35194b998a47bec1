import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createDatabase, type TestDatabase } from '../../../test/support/database.js';
import { TableOwner } from '../../../test/support/table-owner.js';

const AT = '2026-03-11T06:00:00Z';

describe('Settlements in the database', () => {
  let database: TestDatabase;
  let owner: TableOwner;

  beforeAll(async () => {
    database = await createDatabase({ applicationRole: false });
    owner = await TableOwner.of(database, 'registry_settlements');
  });

  afterAll(async () => {
    await owner.end();
    await database.drop();
  });

  const insertSettlement =
    (amount: number, netted: number, reference = randomUUID()) =>
    async () => {
      await owner.query(
        `insert into registry_settlements (id, day, reference, amount, netted, settled_by, settled_at)
       values (gen_random_uuid(), '2026-03-10', $1, $2, $3, 'x', $4)`,
        [reference, amount, netted, AT],
      );
      await owner.query('set constraints all immediate');
    };

  it('have the same amounts in the journal, to the tiyn', async () => {
    await owner.expectRefused(insertSettlement(100, 0), 'registry_settlements_in_journal');
    await owner.expectRefused(insertSettlement(0, 100), 'registry_settlements_in_journal');
    const postAndInsert = (amount: number) => async () => {
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
      await insertSettlement(100, 0, reference)();
    };
    expect(await owner.refusalOf(postAndInsert(99))).toBe('registry_settlements_in_journal');
    expect(await owner.refusalOf(postAndInsert(100))).toBeNull();
  });
});
