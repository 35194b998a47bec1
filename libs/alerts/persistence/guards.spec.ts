import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createDatabase, type TestDatabase } from '../../../test/support/database.js';
import { TableOwner } from '../../../test/support/table-owner.js';

const NOW = '2026-03-10T07:00:00Z';

let database: TestDatabase;
let owner: TableOwner;

beforeAll(async () => {
  database = await createDatabase();
  owner = await TableOwner.of(database, 'alerts');
});
afterAll(async () => {
  await owner.end();
  await database.drop();
});

describe('an alert', () => {
  const raised = async (subject: string, kind = 'REFUND_OVERDUE') => {
    const { rows } = await owner.query(
      `insert into alerts (kind, subject, raised_at) values ($1, $2, $3) returning id`,
      [kind, subject, NOW],
    );
    return rows[0]?.id;
  };

  it('is raised once per subject and kind', async () => {
    await raised('Ref-alert');
    await owner.expectRefused(() => raised('Ref-alert'), 'alerts_once');
    expect(await owner.refusalOf(() => raised('Ref-alert', 'REFUND_HALF_TIME'))).toBeNull();
  });

  it('is never updated, deleted or truncated', async () => {
    const id = await raised('Ref-kept');
    for (const column of ['kind', 'subject', 'customer_id']) {
      await owner.expectRefused(
        () => owner.query(`update alerts set ${column} = 'x' where id = $1`, [id]),
        'append-only',
      );
    }
    await owner.expectRefused(() => owner.query('update alerts set raised_at = now()'), 'append-only');
    await owner.expectRefused(() => owner.query('delete from alerts where id = $1', [id]), 'append-only');
    await owner.expectRefused(() => owner.query('truncate alerts'), 'append-only');
  });
});
