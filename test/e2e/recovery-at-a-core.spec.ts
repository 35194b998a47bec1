import { describe, expect, it } from '@jest/globals';
import { RegistryProcessing } from '@mpp/registries';
import { createDatabase } from '../support/database.js';
import { registryFile } from '../support/registry-files.js';
import { until } from '../support/until.js';
import { recoveryFixture } from './recovery-fixture.js';

describe('a server whose database was set back, at a bank’s core (R39)', () => {
  const {
    start,
    backup,
    restore,
    restart,
    running,
    newCustomer,
    app,
    scan,
    lived,
    untilStatus,
    recovery,
    operator,
    query,
    purchases,
    faults,
  } = recoveryFixture(true);
  const balance = async (customer: string) => (await (await app(customer)).accounts()).body.items[0]?.balance;

  /** Kaspi's registry is compared. Returns what only it has. */
  async function listOnlyAtKaspi(file: Uint8Array) {
    const { body } = await running().mpp.upload(file);
    await running().app.get(RegistryProcessing, { strict: false }).drainOnce();
    return until(
      'the registry is compared',
      () =>
        query(`select id from registry_discrepancies where registry_id = $1 and kind = 'MISSING_AT_MPP'`, [body.id]),
      (rows) => rows.length > 0,
    );
  }

  it('a refund that was credited, forgotten, and that only the registry lists is not credited again: an operator looks at the core (R39, R40)', async () => {
    const life = await lived('paid');
    await restore(life.copy);
    await untilStatus(life.customer, life.id, 'CONFIRMED');
    expect(await balance(life.customer)).toBe('940.00');
    const at = new Date();
    const common = { mppPaymentId: life.id, customerId: life.customer, mcc: '5812', at };
    const [receipt] = await query('select kaspi_operation_id as operation from receipts where payment_id = $1', [
      life.id,
    ]);
    const file = await registryFile('DAILY', [
      { ...common, kaspiOperationId: String(receipt?.operation), amount: 10_000n, fee: 50n, rate: '0,50' },
      { ...common, type: 'Возврат', kaspiOperationId: 'QR5550001', amount: 4_000n, fee: 0n },
    ]);
    const found = await listOnlyAtKaspi(file);
    const settled = await operator('POST', `discrepancies/${found[0]?.id}/settle`, {
      action: 'TAKE_UP',
      reason: 'the registry has it',
    });
    expect(settled.status).toBe(409);
    expect(await balance(life.customer)).toBe('940.00');
  });

  it('a purchase that was debited, forgotten, and that the registry lists is not debited again: it can be taken up as a claim (R39, R40)', async () => {
    await start(await createDatabase());
    const customer = await newCustomer();
    const copy = await backup();
    const { id } = await scan(customer);
    await (await app(customer)).confirm(id);
    await untilStatus(customer, id, 'CONFIRMED');
    const row = { kaspiOperationId: 'QR5550003', mppPaymentId: id, customerId: customer, mcc: '5812', at: new Date() };
    await restore(copy);
    const file = await registryFile('DAILY', [{ ...row, amount: 10_000n, fee: 50n, rate: '0,50' }]);
    const found = await listOnlyAtKaspi(file);
    const accountId = (await (await app(customer)).accounts()).body.items[0]?.id;
    const takeUp = (account: object) =>
      operator('POST', `discrepancies/${found[0]?.id}/settle`, {
        ...account,
        action: 'TAKE_UP',
        reason: 'it is listed',
      });
    expect((await takeUp({ accountId })).status).toBe(409);
    expect((await takeUp({})).status).toBe(200);
    expect(await balance(customer)).toBe('900.00');
  });

  it('a purchase whose scan is forgotten too is not closed by a cancel in the recovery: the core has debited it', async () => {
    await start(await createDatabase());
    const customer = await newCustomer();
    const copy = await backup();
    const { id, qrCode } = await scan(customer);
    await (await app(customer)).confirm(id);
    await untilStatus(customer, id, 'CONFIRMED');
    await restore(copy);
    const again = (await (await app(customer)).scan(qrCode)).body.payment;
    expect(again.id).not.toBe(id);
    expect((await (await app(customer)).cancel(again.id)).status).toBe(503);
    expect((await (await app(customer)).payment(again.id)).body.status).toBe('AWAITING_CONFIRMATION');
    await (await app(customer)).confirm(again.id);
    await untilStatus(customer, again.id, 'CONFIRMED');
    expect([await balance(customer), purchases()[0]?.status]).toEqual(['900.00', 'CONFIRMED']);
  });

  it('a second restore, within a recovery that was not ended, reverses nothing by a deadline (R39)', async () => {
    await start(await createDatabase(), { RECOVERED_FROM: new Date(Date.now() - 1000).toISOString() });
    const customer = await newCustomer();
    const { id } = await scan(customer);
    const copy = await backup();
    await (await app(customer)).confirm(id);
    await untilStatus(customer, id, 'CONFIRMED');
    await restore(copy);
    expect((await recovery()).status).toBe('ACTIVE');
    const cancel = await (await app(customer)).cancel(id);
    expect({ status: cancel.status, core: await balance(customer), purchase: purchases()[0]?.status }).toMatchObject({
      status: 503,
    });
  });

  it('a second restore does not reverse at the core, by its deadline, what the PS has confirmed', async () => {
    await start(await createDatabase(), { RECOVERED_FROM: new Date(Date.now() - 1000).toISOString() });
    const customer = await newCustomer();
    const { id } = await scan(customer);
    faults().set({ coreDebit: [{ do: 'lose' }], coreOutcome: [{ do: 'reset' }] });
    await (await app(customer)).confirm(id);
    // The mirror is not read while the core is asked: the accounts of the core are.
    await until(
      'the core has debited',
      () => balance(customer),
      (now) => now === '900.00',
    );
    const copy = await backup();
    faults().clear();
    await (await app(customer)).confirm(id);
    await untilStatus(customer, id, 'CONFIRMED');
    await copy.query(
      `update outbox_messages set payload = jsonb_set(payload::jsonb, '{deadline}', '"2020-01-01T00:00:00Z"') where topic = 'coreDebit'`,
    );
    await restore(copy);
    await until(
      'the payment has an end',
      async () => (await (await app(customer)).payment(id)).body.status,
      (status) => ['CONFIRMED', 'REVERSED'].includes(status),
    );
    expect([
      (await (await app(customer)).payment(id)).body.status,
      await balance(customer),
      purchases()[0]?.status,
    ]).toEqual(['CONFIRMED', '900.00', 'CONFIRMED']);
  });

  it('a payment that waits for a receipt, because a forgotten result may have left, waits on through a second recovery (R38)', async () => {
    await start(await createDatabase());
    const [first, second] = [await newCustomer(), await newCustomer()];
    const { id: closed, qrCode } = await scan(first);
    const { id } = (await (await app(second)).scan(qrCode)).body.payment;
    const copy = await backup();
    await (await app(first)).cancel(closed);
    await until(
      'the purchase is closed',
      () => purchases()[0]?.status,
      (status) => status === 'CLOSED',
    );
    await restore(copy);
    await (await app(second)).confirm(id);
    const answers = () =>
      query(
        `select 1 from kaspi_calls where method = 'notifyPayment' and payment_id = $1 and result_code = 'SUCCESS'`,
        [id],
      );
    await until('the PS has answered', answers, (rows) => rows.length > 1);
    expect((await (await app(second)).payment(id)).body.status).toBe('PROCESSING');
    await operator('POST', 'recovery/end', { reason: 'the registries agree' });
    await restart({ RECOVERED_FROM: new Date().toISOString() });
    const before = (await answers()).length;
    await until(
      'it is asked again',
      async () => [(await answers()).length, (await (await app(second)).payment(id)).body.status] as const,
      ([count, status]) => count > before + 2 || status !== 'PROCESSING',
    );
    expect((await (await app(second)).payment(id)).body.status).toBe('PROCESSING');
  });
});
