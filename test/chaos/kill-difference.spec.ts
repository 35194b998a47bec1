import { describe, expect } from '@jest/globals';
import { registryFile } from '../support/registry-files.js';
import { until } from '../support/until.js';
import { crash, type Stage } from './crash.js';

interface Prepared {
  readonly customer: string;
  readonly payment: string;
  readonly discrepancy: string;
}

const REASON = 'Kaspi does not have it: letter 17/3';
let operations = 0;

/** A kill around an operator's decision about a discrepancy (R40). */
describe('kill -9 while an operator gives back a payment that Kaspi’s registry does not have', () => {
  /** The registry is read in the background. */
  const env = { BACKGROUND_WORK: 'on', OUTBOX_POLL_MS: '30' };

  const settle = async ({ mpp }: Stage, { discrepancy }: Pick<Prepared, 'discrepancy'>, reason = REASON) => {
    const body = { action: 'GIVE_BACK', reason };
    const token = await mpp.teamToken('accounting');
    return mpp.call('POST', `/ops/v1/discrepancies/${discrepancy}/settle`, { token, body });
  };

  async function begin(stage: Stage, lost: 'statement' | 'answer'): Promise<Prepared> {
    const customer = await stage.customer();
    const app = await stage.mpp.as(customer);
    const { id: payment } = (await app.scan(`missing-${customer}`)).body.payment;
    await app.confirm(payment);
    await stage.untilStatus(payment, 'CONFIRMED');
    const row = { kaspiOperationId: `QR77${++operations}`, at: new Date(), amount: 100n, rate: '0,50', mcc: '5812' };
    await stage.mpp.upload(await registryFile('DAILY', [row]));
    const find = () =>
      stage.database.query<{ id: string }>(
        `select id from registry_discrepancies where kind = 'MISSING_AT_KASPI' and payment_id = $1`,
        [payment],
      );
    const [found] = await until('the discrepancy', find, (rows) => rows.length > 0);
    const prepared = { customer, payment, discrepancy: found?.id ?? '' };
    const silent = stage.proxy.silence(lost, ['INSERT INTO "access_audit"', prepared.discrepancy], 'COMMIT');
    stage.cutOff(settle(stage, prepared));
    await silent;
    return prepared;
  }

  async function expectGivenBackOnce(stage: Stage, { customer, payment, discrepancy }: Prepared): Promise<void> {
    expect(await stage.purposes(payment)).toEqual(['PAYMENT', 'SETTLEMENT', 'DIFFERENCE', 'DIFFERENCE_CREDIT']);
    expect(await stage.audited(discrepancy)).toEqual(['DISCREPANCY_SETTLED']);
    expect(await (await stage.mpp.as(customer)).balance()).toBe('1000.00');
    expect(await stage.mpp.trialBalance()).toMatchObject({ balanced: true });
    expect(await settle(stage, { discrepancy }, 'another reason')).toMatchObject({ status: 409 });
  }

  describe('before the commit', () => {
    crash(env)(
      'nothing is booked, and the same call then gives it back once',
      (stage) => begin(stage, 'statement'),
      async (stage, prepared) => {
        expect(await stage.purposes(prepared.payment)).toEqual(['PAYMENT', 'SETTLEMENT']);
        expect(await stage.audited(prepared.discrepancy)).toEqual([]);
        for (let time = 0; time < 2; time++) expect(await settle(stage, prepared)).toMatchObject({ status: 200 });
        await expectGivenBackOnce(stage, prepared);
      },
    );
  });

  describe('after the commit, before the operator was answered', () => {
    crash(env)(
      'the same call is answered with what stands',
      (stage) => begin(stage, 'answer'),
      async (stage, prepared) => {
        expect(await settle(stage, prepared)).toMatchObject({ status: 200, body: { status: 'RESOLVED' } });
        await expectGivenBackOnce(stage, prepared);
      },
    );
  });
});
