import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { unknownRow } from '../../../test/support/registry-days.js';
import { RegistryWorld } from '../../../test/support/registry-world.js';

describe('The fee of a row', () => {
  let world: RegistryWorld;
  beforeAll(async () => {
    world = await RegistryWorld.start();
  });
  afterAll(() => world.stop());

  it('is checked by the merchant’s MCC in the books, not in the file', async () => {
    const items = [{ mcc: '5411', service: 'PAYMENT', percent: '0.30', validFrom: '2025-01-01' }];
    await world.send('PUT', 'tariffs', { items });
    const payment = await world.books.payment({ at: new Date('2025-07-10T07:00:00Z'), mcc: '5411' });
    const row = {
      ...unknownRow(),
      mppPaymentId: payment.id,
      customerId: payment.customerId,
      at: payment.at,
      mcc: '8021',
    };
    const registry = await world.receiveRegistry('DAILY', [row]);
    expect(await world.discrepancyLines(registry.id)).toEqual(['FEE_MISMATCH | 3 | 3.00 | 5.00']);
    await world.send('PUT', 'tariffs', { items: [] });
  });

  it('is checked by the tariff of its MCC, and without one by the rate of the row', async () => {
    const items = [
      { mcc: '8021', service: 'PAYMENT', percent: '0.40', validFrom: '2025-01-01' },
      { mcc: null, service: 'PAYMENT', percent: '0.50', validFrom: '2025-04-10' },
    ];
    expect((await world.send('PUT', 'tariffs', { items })).status).toBe(200);
    const at = (day: string) => new Date(`2025-04-${day}T07:00:00Z`);
    const registry = await world.receiveRegistry('DAILY', [
      unknownRow({ at: at('09'), mcc: '8021', fee: 400n }),
      unknownRow({ at: at('09'), mcc: '8021', fee: 500n }),
      unknownRow({ at: at('09'), mcc: '5411', fee: 500n }),
      unknownRow({ at: at('09'), mcc: '5411', fee: 501n }),
      unknownRow({ at: at('10'), mcc: '5411', fee: 300n, rate: '0,30' }),
      unknownRow({ at: at('10'), mcc: '5812', fee: null }),
    ]);
    const fees = (await world.discrepancyLines(registry.id)).filter((line) => line.startsWith('FEE'));
    expect(fees).toEqual([
      'FEE_MISMATCH | 4 | 4.00 | 5.00',
      'FEE_MISMATCH | 6 | 5.00 | 5.01',
      'FEE_MISMATCH | 7 | 5.00 | 3.00',
      'FEE_MISMATCH | 8 | 5.00 | -',
    ]);
    const corrected = [...items, { mcc: '5411', service: 'PAYMENT', percent: '0.30', validFrom: '2025-04-10' }];
    await world.send('PUT', 'tariffs', { items: corrected });
    await world.reconciliation.recheckDiscrepancies();
    expect((await world.discrepancyLines(registry.id)).filter((line) => line.includes('| 7 |'))).toContain(
      'FEE_MISMATCH | 7 | 5.00 | 3.00 | EXPLAINED',
    );
    await world.send('PUT', 'tariffs', { items: [] });
  });
});
