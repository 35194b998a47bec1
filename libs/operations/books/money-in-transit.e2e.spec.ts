import { describe, expect, it } from '@jest/globals';
import { JournalSeals } from '@mpp/ledger';
import { booksFixture, IN_TRANSIT, OPEN, PAYABLE_TO_KASPI, SETTLED } from '../../../test/support/books-fixture.js';

const { fixture, found } = booksFixture();

describe('the money in transit', () => {
  const moneyOf = (payment: string) => `payment ${payment} is open, but its amount is not in transit in the journal`;
  const noMoreOf = (payment: string) => `payment ${payment} is not open, but its amount is in transit in the journal`;
  const SUM = 'the balance of IN_TRANSIT is not the sum of the open payments';

  it.each([
    [
      'belongs to a payment that was made to look settled',
      `update qr_payments set status = 'CONFIRMED', settled_by = 'KASPI' where id = '${OPEN}'`,
      [noMoreOf(OPEN), SUM],
    ],
    ['belongs to a removed payment', `delete from qr_payments where id = '${OPEN}'`, [noMoreOf(OPEN), SUM]],
    [
      'is missing of a payment that was made to look open',
      `update qr_payments set status = 'PROCESSING', settled_by = null where id = '${SETTLED}'`,
      [moneyOf(SETTLED), SUM],
    ],
    [
      'is less than the amount of an open payment',
      `update qr_payments set amount = 10001 where id = '${OPEN}'`,
      [moneyOf(OPEN), SUM],
    ],
  ])('%s: the check names the payment', async (_, change, faults) => {
    await fixture.owner.query(change);
    expect(await found()).toEqual(faults);
  });

  it('agrees with the open payments at every check while payments begin and end', async () => {
    await fixture.owner.query(
      'alter table ledger_entries enable always trigger ledger_entries_apply; alter table ledger_accounts enable always trigger ledger_accounts_guard',
    );
    let running = true;
    const work = (async () => {
      for (let n = 0; n < 30; n++) {
        const id = `019a0000-0000-7000-8000-0000000001${String(n).padStart(2, '0')}`;
        await fixture.database.query(
          `with paid as (
             insert into qr_payments (id, kaspi_payment_id, customer_id, qr_code_type, status, amount, answered_at, account_id,
               notify_result, debited_at, created_at, updated_at)
             values ($1::uuid, $1::uuid::text, 'V1', 'Dynamic', 'PROCESSING', 100, now(), $2, 'SUCCESS', now(), now(), now()))
           select ledger_post('PAYMENT', $1::uuid::text, $2, $3, 100, now())`,
          [id, fixture.account, IN_TRANSIT],
        );
        await fixture.database.query(
          `with settled as (update qr_payments set status = 'CONFIRMED', settled_by = 'KASPI' where id = $1::uuid)
           select ledger_post('SETTLEMENT', $1::uuid::text, $2, $3, 100, now())`,
          [id, IN_TRANSIT, PAYABLE_TO_KASPI],
        );
      }
      running = false;
    })();
    let looks = 0;
    for (; running; looks++) expect(await found()).toEqual([]);
    await work;
    expect(looks).toBeGreaterThan(1);
    expect(await fixture.server.app.get(JournalSeals).sealAll()).toBe(60);
    expect(await found()).toEqual([]);
  });
});
