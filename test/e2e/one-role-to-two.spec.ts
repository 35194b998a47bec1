import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { migrate } from '../../apps/mpp-server/migration.js';
import type { TestServer } from '../support/mpp.js';
import { TestClock } from '../support/test-clock.js';
import { createTwoRoles, type TwoRoles } from '../support/two-roles.js';
import { expectBooks, roleFixture } from './role-fixture.js';

const { start } = roleFixture();

describe('an installation of one role', () => {
  let two: TwoRoles;
  let running: TestServer | null = null;

  beforeAll(async () => {
    two = await createTwoRoles();
  });

  afterEach(async () => {
    await running?.stop();
    running = null;
  });

  afterAll(() => two.drop());

  const BALANCES = 'select customer_id, balance from ledger_accounts where customer_id is not null order by 1';

  async function expectPaymentAs(urls: Parameters<typeof start>[0], at: string): Promise<void> {
    const { server, paid } = await start(urls, new TestClock(new Date(at)));
    running = server;
    const { alia } = await paid();
    expect(await alia.balance()).toBe('900.00');
    await expectBooks({ server });
  }

  it('is moved to two roles, and payments continue', async () => {
    await migrate({ DATABASE_URL: two.ownerUrl });
    await two.query(`
      insert into ledger_accounts (id, kind, customer_id, name, balance, created_at)
        values ('019a0000-0000-7000-8000-0000000000aa', 'CUSTOMER', 'old', 'n', 0, '2026-01-01Z');
      select ledger_post('DEPOSIT', 'r', '00000000-0000-7000-8000-000000000001', '019a0000-0000-7000-8000-0000000000aa', 5000, '2026-01-01Z');
      select platform_prepare_months(name, '2026-01-01Z') from platform_monthly_tables`);
    await expectPaymentAs(
      { DATABASE_URL: two.serverUrl, DATABASE_MIGRATION_URL: two.ownerUrl },
      '2026-03-10T06:00:00Z',
    );
    expect(await two.query(BALANCES)).toContainEqual({ customer_id: 'old', balance: '5000' });
  });

  it('is moved back to one role: payments continue as the owner, and the other role can be dropped', async () => {
    await expectPaymentAs({ DATABASE_URL: two.ownerUrl }, '2026-04-10T06:00:00Z');
    await two.query(`drop owned by ${two.server}`);
    expect(await two.query('select 1 from pg_shdepend where refobjid = to_regrole($1)', [two.server])).toEqual([]);
  });

  it('is moved to two roles when no migration is pending', async () => {
    const urls = { DATABASE_URL: two.serverUrl, DATABASE_MIGRATION_URL: two.ownerUrl };
    await two.query(`grant connect on database ${new URL(two.ownerUrl).pathname.slice(1)} to ${two.server}`);
    expect(await migrate(urls)).toEqual([]);
    await expectPaymentAs(urls, '2026-05-10T06:00:00Z');
    expect(await two.query(BALANCES)).toHaveLength(4);
  });
});
