import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { unknownRow } from '../../../test/support/registry-days.js';
import { RegistryFixture } from '../../../test/support/registry-fixture.js';

describe('The fee of a row', () => {
  let fixture: RegistryFixture;
  beforeAll(async () => {
    fixture = await RegistryFixture.start();
  });
  afterAll(() => fixture.stop());

  it('is checked by the merchant’s MCC in the books, not in the file', async () => {
    const items = [{ mcc: '5411', service: 'PAYMENT', percent: '0.30', validFrom: '2025-01-01' }];
    await fixture.send('PUT', 'tariffs', { items });
    const payment = await fixture.books.payment({ at: new Date('2025-07-10T07:00:00Z'), mcc: '5411' });
    const row = {
      ...unknownRow(),
      mppPaymentId: payment.id,
      customerId: payment.customerId,
      at: payment.at,
      mcc: '8021',
    };
    const registry = await fixture.receiveRegistry('DAILY', [row]);
    expect(await fixture.discrepancyLines(registry.id)).toEqual(['FEE_MISMATCH | 3 | 3.00 | 5.00']);
    await fixture.send('PUT', 'tariffs', { items: [] });
  });

  it('is checked by the tariff of its MCC, and without one by the rate of the row', async () => {
    const items = [
      { mcc: '8021', service: 'PAYMENT', percent: '0.40', validFrom: '2025-01-01' },
      { mcc: null, service: 'PAYMENT', percent: '0.50', validFrom: '2025-04-10' },
    ];
    expect((await fixture.send('PUT', 'tariffs', { items })).status).toBe(200);
    const at = (day: string) => new Date(`2025-04-${day}T07:00:00Z`);
    const registry = await fixture.receiveRegistry('DAILY', [
      unknownRow({ at: at('09'), mcc: '8021', fee: 400n }),
      unknownRow({ at: at('09'), mcc: '8021', fee: 500n }),
      unknownRow({ at: at('09'), mcc: '5411', fee: 500n }),
      unknownRow({ at: at('09'), mcc: '5411', fee: 501n }),
      unknownRow({ at: at('10'), mcc: '5411', fee: 300n, rate: '0,30' }),
      unknownRow({ at: at('10'), mcc: '5812', fee: null }),
    ]);
    const fees = (await fixture.discrepancyLines(registry.id)).filter((line) => line.startsWith('FEE'));
    expect(fees).toEqual([
      'FEE_MISMATCH | 4 | 4.00 | 5.00',
      'FEE_MISMATCH | 6 | 5.00 | 5.01',
      'FEE_MISMATCH | 7 | 5.00 | 3.00',
      'FEE_MISMATCH | 8 | 5.00 | -',
    ]);
    const corrected = [...items, { mcc: '5411', service: 'PAYMENT', percent: '0.30', validFrom: '2025-04-10' }];
    await fixture.send('PUT', 'tariffs', { items: corrected });
    await fixture.reconciliation.recheckDiscrepancies();
    expect((await fixture.discrepancyLines(registry.id)).filter((line) => line.includes('| 7 |'))).toContain(
      'FEE_MISMATCH | 7 | 5.00 | 3.00 | EXPLAINED',
    );
    await fixture.send('PUT', 'tariffs', { items: [] });
  });
});
