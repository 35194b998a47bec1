import { describe, expect, it } from '@jest/globals';
import { Reconciliation, RegistryProcessing } from '@mpp/registries';
import { createDatabase } from '../support/database.js';
import { PsRefunds } from '../support/ps-refunds.js';
import { registryFile } from '../support/registry-files.js';
import { until } from '../support/until.js';
import { recoveryFixture } from './recovery-fixture.js';

/** An operator's resolution waits for an attempt under way, so there is time between them. */
const DOUBTFUL = { IN_DOUBT_AFTER_MS: '1000', NOTIFY_RETRY_BASE_MS: '1000', NOTIFY_RETRY_MAX_MS: '1000' };

describe('a debit at a bank’s core that an operator had given back, which is forgotten by a restore (R39)', () => {
  const { start, backup, restore, restart, running, newCustomer, app, scan, untilStatus, operator, purchases, faults } =
    recoveryFixture(true);
  const balance = async (customer: string) => (await (await app(customer)).accounts()).body.items[0]?.balance;
  const purchaseOf = (id: string) => purchases().find(({ mppPaymentId }) => mppPaymentId === id);
  const resolve = (id: string, outcome: string) =>
    operator('POST', `payments/${id}/resolve`, { outcome, reason: 'Kaspi does not have it' });

  async function givenBack(id: string, customer: string) {
    await until(
      'it is resolved',
      () => resolve(id, 'REVERSED'),
      ({ status }) => status === 200,
    );
    await untilStatus(customer, id, 'REVERSED');
    expect([await balance(customer), (await running().mpp.trialBalance()).balanced]).toEqual(['1000.00', true]);
  }

  /** The restored payment is in doubt. `lost`: the notify did not arrive at the PS, or only its answer was lost. */
  async function forgotten(lost: 'notify' | 'answer') {
    await start(await createDatabase());
    const customer = await newCustomer();
    const { id } = await scan(customer);
    faults().set({ notifyPayment: [{ do: lost === 'notify' ? 'reset' : 'lose' }] });
    await (await app(customer)).confirm(id);
    await untilStatus(customer, id, 'PROCESSING');
    if (lost === 'answer')
      await until(
        'the PS has it',
        () => purchaseOf(id)?.status,
        (now) => now === 'CONFIRMED',
      );
    const copy = await backup();
    await restart(DOUBTFUL);
    await untilStatus(customer, id, 'IN_DOUBT');
    await givenBack(id, customer);
    faults().clear();
    await restore(copy, DOUBTFUL);
    await untilStatus(customer, id, 'IN_DOUBT');
    return { customer, id };
  }

  it('is not paid for, nor confirmed by an operator: giving it back again gives nothing', async () => {
    const { customer, id } = await forgotten('notify');
    expect(purchaseOf(id)).toBeUndefined();
    expect((await resolve(id, 'CONFIRMED')).status).toBe(409);
    await givenBack(id, customer);
  });

  it('that the core has not given back is confirmed by an operator; the same call is 200 again while the core is away', async () => {
    await start(await createDatabase());
    const customer = await newCustomer();
    const { id } = await scan(customer);
    faults().set({ notifyPayment: [{ do: 'lose' }] });
    await (await app(customer)).confirm(id);
    await untilStatus(customer, id, 'PROCESSING');
    await restore(await backup(), DOUBTFUL);
    await untilStatus(customer, id, 'IN_DOUBT');
    expect((await resolve(id, 'CONFIRMED')).status).toBe(200);
    faults().set({ coreOutcome: [{ do: 'reset' }] });
    expect((await resolve(id, 'CONFIRMED')).status).toBe(200);
    expect(await balance(customer)).toBe('900.00');
  });

  it('is not credited beside a refund of the PS: the refund waits until the payment is resolved', async () => {
    const { customer, id } = await forgotten('answer');
    const refund = async () =>
      (
        await new PsRefunds(`${running().kaspiUrl}/refund`).refund({
          ...{
            paymentId: purchaseOf(id)?.paymentId,
            customerId: customer,
            refundAmount: '100.00',
            refundId: 'RefForgot',
          },
        })
      ).status;
    expect(await refund()).toBe(503);
    await givenBack(id, customer);
    expect(await refund()).toBe(200);
    expect([await balance(customer), (await running().mpp.trialBalance()).balanced]).toEqual(['1000.00', true]);
  });

  it('is not confirmed by a registry with ДА: the payment stays in doubt, and the difference is listed', async () => {
    const { customer, id } = await forgotten('answer');
    const row = { kaspiOperationId: 'QR5550002', mppPaymentId: id, customerId: customer, mcc: '5812', at: new Date() };
    const file = await registryFile('DAILY', [{ ...row, amount: 10_000n, fee: 50n, rate: '0,50' }]);
    const { body } = await running().mpp.upload(file);
    await running().app.get(RegistryProcessing, { strict: false }).drainOnce();
    await running().app.get(Reconciliation, { strict: false }).recheckDiscrepancies();
    expect((await (await app(customer)).payment(id)).body.status).toBe('IN_DOUBT');
    const { items } = (await operator<{ items: object[] }>('GET', `registries/${body.id}/discrepancies`)).body;
    expect(items).toMatchObject([{ kind: 'STATUS_MISMATCH', expected: 'IN_DOUBT', status: 'OPEN' }]);
    await givenBack(id, customer);
  });
});

describe('a debit at a bank’s core that is forgotten, of a purchase that its customer then cancels after the recovery (R39)', () => {
  const { start, backup, restore, running, newCustomer, app, scan, untilStatus, operator, query } =
    recoveryFixture(true);
  const balance = async (customer: string) => (await (await app(customer)).accounts()).body.items[0]?.balance;

  it('is a contradiction of Kaspi, and not made a second time: it can be taken up as a claim', async () => {
    await start(await createDatabase());
    const customer = await newCustomer();
    const { id } = await scan(customer);
    const copy = await backup();
    await (await app(customer)).confirm(id);
    await untilStatus(customer, id, 'CONFIRMED');
    await restore(copy);
    await operator('POST', 'recovery/end', { reason: 'the registries agree' });
    expect((await (await app(customer)).cancel(id)).body.status).toBe('CANCELLED');
    const [found] = await until(
      'the contradiction is listed',
      async () => {
        await running().app.get(Reconciliation, { strict: false }).recheckDiscrepancies();
        return query('select id from registry_discrepancies where payment_id = $1', [id]);
      },
      (rows) => rows.length > 0,
    );
    const accountId = (await (await app(customer)).accounts()).body.items[0]?.id;
    const takeUp = (account: object) =>
      operator('POST', `discrepancies/${found?.id}/settle`, { ...account, action: 'TAKE_UP', reason: 'Kaspi has it' });
    expect((await takeUp({ accountId })).status).toBe(409);
    expect((await takeUp({})).status).toBe(200);
    expect(await balance(customer)).toBe('900.00');
  });
});
