import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { DifferencesFixture } from '../../../test/support/differences-fixture.js';

let fixture: DifferencesFixture;

beforeAll(async () => {
  fixture = await DifferencesFixture.start({ CORE_BANKING_URL: 'http://127.0.0.1:9' });
});

beforeEach(() => fixture.beginDay());

afterAll(() => fixture.stop());

describe('With the accounts at a bank’s core', () => {
  it('no action moves a customer’s money, and the difference can be booked instead', async () => {
    const listed = await fixture.pay();
    const payment = await fixture.pay();
    const discrepancy = await fixture.listOne('MISSING_AT_KASPI', fixture.row(listed));
    expect(await fixture.settle(discrepancy, 'GIVE_BACK')).toMatchObject({
      status: 409,
      body: {
        detail: 'Счета ведёт АБС банка: проведите расхождение (BOOK_DIFFERENCE), а деньги клиента переведите в АБС.',
      },
    });
    expect(await fixture.entries(payment.id)).toHaveLength(2);
    await fixture.settled(discrepancy, 'BOOK_DIFFERENCE');
    await fixture.expectEnded();
  });

  it('a purchase that only Kaspi has is taken up as a claim', async () => {
    const row = fixture.unknownRow({ kaspiOperationId: 'QR400001', customerId: '77' });
    const discrepancy = await fixture.listOne('MISSING_AT_MPP', row);
    await fixture.settled(discrepancy, 'TAKE_UP');
    await fixture.expectEnded();
  });
});
