import { describe, expect, it } from '@jest/globals';
import { StatementFixture } from '../../../test/support/statement-fixture.js';
import { SHARED_ACCOUNTS } from '../domain/chart.js';

const { IN_TRANSIT, RECEIVABLE_FROM_KASPI, PAYABLE_TO_KASPI, FEES } = SHARED_ACCOUNTS;
const fixture = new StatementFixture();

describe('the balance of an account', () => {
  it('is returned for any moment, entries booked at that moment included', async () => {
    const at = async (moment: Date | undefined) =>
      (await fixture.get(`accounts/${fixture.account}?at=${moment?.toISOString()}`)).body;
    expect(await at(fixture.begins[1])).toMatchObject({
      kind: 'CUSTOMER',
      normalSide: 'CREDIT',
      balance: '140.00',
      at: fixture.begins[1]?.toISOString(),
    });
    expect(await at(new Date((fixture.begins[1] as Date).getTime() - 1))).toMatchObject({ balance: '80.00' });
    expect(await at(new Date((fixture.begins[0] as Date).getTime() - 1))).toMatchObject({ balance: '0.00' });
  });

  it('of a shared account is negative if it is on the other than its normal side', async () => {
    const answer = await fixture.get(`accounts/${RECEIVABLE_FROM_KASPI}`);
    expect(answer.body).toMatchObject({ balance: '0.00', normalSide: 'DEBIT' });
    await fixture.database.query("select ledger_post('FEE', 'back', $1, $2, 1200, now())", [PAYABLE_TO_KASPI, FEES]);
    expect((await fixture.get(`accounts/${FEES}`)).body).toMatchObject({ balance: '-12.00' });
  });

  it.each(['accounts/IN_TRANSIT?', 'trial-balance?'])(
    'and the trial balance of a future moment are refused with 400: %s',
    async (path) => {
      const ahead = new Date(fixture.clock.now().getTime() + 1).toISOString();
      const answer = await fixture.get(`${path.replace('IN_TRANSIT', IN_TRANSIT)}at=${ahead}`);
      expect(answer).toMatchObject({ status: 400, body: { code: 'VALIDATION_FAILED', errors: [{ field: 'at' }] } });
    },
  );
});
