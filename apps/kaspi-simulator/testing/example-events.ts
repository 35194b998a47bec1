import type { Created, Decided, Scanned } from '../domain/events.js';
import type { Merchant } from '../domain/purchase.js';

/** The three operations of the regulation's examples of registries (5.1, 5.2). */
export const EXAMPLE_OPERATIONS = [
  {
    operationId: 'QR12345678',
    mppPaymentId: '12387914889',
    at: '2024-09-23T00:01:41+05:00',
    customerId: '5263897',
    amount: '16900.00',
    mcc: '8021',
  },
  {
    operationId: 'QR87956214',
    mppPaymentId: '45698748797',
    at: '2024-09-23T00:04:24+05:00',
    customerId: '8889637',
    amount: '1650.00',
    mcc: '7032',
  },
  {
    operationId: 'QR02598762',
    mppPaymentId: '78901595681',
    at: '2024-09-23T00:05:51+05:00',
    customerId: '4569716',
    amount: '1630.00',
    mcc: '5411',
  },
];

/** The store file of an earlier version of the simulator with these operations. */
export function eventFileOf(operations = EXAMPLE_OPERATIONS): string {
  const events = operations.flatMap(({ operationId, mppPaymentId, customerId, amount, mcc, ...operation }) => {
    const at = new Date(operation.at).toISOString();
    const paymentId = `payment of ${operationId}`;
    const merchant: Merchant = { id: '1', name: 'Shop', mcc };
    const receipt = { operationId, linkReceipt: '', pdfReceipt: '' };
    const qrCode = `592${operationId}`;
    const created: Created = { event: 'created', at, paymentId, qrCode, amount, merchant, canConfirmUntil: at };
    const scanned: Scanned = { event: 'scanned', at, paymentId, customerId };
    const decided: Decided = {
      event: 'decided',
      at,
      paymentId,
      customerId,
      mppPaymentId,
      result: 'SUCCESS',
      receipt,
    };
    return [created, scanned, decided];
  });
  return events.map((event) => `${JSON.stringify(event)}\n`).join('');
}
