import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createDatabase, type TestDatabase } from '../../../test/support/database.js';

const AT = '2026-03-10T06:00:00Z';
const LATER = '2026-03-11T06:00:00Z';

describe('the table of notifications', () => {
  let test: TestDatabase;
  let id: string;

  beforeAll(async () => {
    test = await createDatabase();
    id = randomUUID();
    await test.query(`select notifications_enqueue($1, 'notification', $2, $3, $4, $5, $6)`, [
      [id],
      ['payment.confirmed'],
      ['payment-1'],
      ['900900000001'],
      ['{"a": 1}'],
      AT,
    ]);
  });

  afterAll(() => test.drop());

  const set = (what: string) => test.query(`update notifications set ${what} where id = $1`, [id]);

  it.each([
    `id = gen_random_uuid()`,
    `type = 'payment.reversed'`,
    `subject = 'payment-2'`,
    `customer_id = '900900000002'`,
    `body = '{"a":1}'`,
    `created_at = '${LATER}', due_since = '${LATER}'`,
    `due_since = '2026-03-10T05:00:00Z'`,
  ])('refuses to change an event: %s', async (change) => {
    await expect(set(change)).rejects.toThrow(/its content and recipient cannot change/);
  });

  it.each([
    [`status = 'GONE'`, 'notifications_status_check'],
    [`status = 'DELIVERED', attempts = 1`, 'notifications_delivered'],
    [`status = 'DELIVERED', delivered_at = '${LATER}'`, 'notifications_delivered'],
    [`status = 'FAILED', attempts = 1`, 'notifications_failed'],
    [`status = 'FAILED', last_error = 'HTTP 500'`, 'notifications_failed'],
  ])('refuses %s', async (change, constraint) => {
    await expect(set(change)).rejects.toMatchObject({ constraint });
  });

  it('refuses delete and truncate', async () => {
    await expect(test.query('delete from notifications')).rejects.toThrow(/DELETE of notifications is refused/);
    await expect(test.query('truncate notifications')).rejects.toThrow(/TRUNCATE of notifications is refused/);
  });

  it('accepts the status changes of a delivery', async () => {
    await set(`status = 'FAILED', attempts = 2, last_error = 'HTTP 500'`);
    await expect(set('attempts = 1')).rejects.toThrow(/its content and recipient cannot change/);
    await set(`status = 'PENDING', due_since = '${LATER}'`);
    await set(`status = 'DELIVERED', attempts = 3, delivered_at = '${LATER}', last_error = null`);
    expect(await test.query('select status, body from notifications')).toEqual([
      { status: 'DELIVERED', body: '{"a": 1}' },
    ]);
  });

  it.each([
    [`outcome = 'DELIVERED'`],
    [`outcome = 'DELIVERED', finished_at = '${LATER}'`],
    [`outcome = 'NO_ANSWER', finished_at = '${LATER}', http_status = 200`],
    [`outcome = 'ELSEWHERE', finished_at = '${LATER}'`],
    [`http_status = 200`],
  ])('refuses inconsistent attempts: %s', async (change) => {
    await test.query(
      'insert into notification_attempts (notification_id, attempt, started_at) values ($1, 1, $2) on conflict do nothing',
      [id, AT],
    );
    await expect(test.query(`update notification_attempts set ${change}`)).rejects.toMatchObject({ code: '23514' });
  });
});
