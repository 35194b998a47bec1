import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { NOTIFY_RESULTS } from '@mpp/kernel';
import { createDatabase, type TestDatabase } from '../../../test/support/database.js';
import { ACCOUNT, another, type Columns, DEBITED_AT, paymentThatIs, rowOf } from '../../../test/support/payments.js';
import { TableOwner } from '../../../test/support/table-owner.js';
import { PAYMENT_STATUSES, type PaymentStatus } from '../domain/transitions.js';

const BEKZAT = '900900000002';
const LATER = '2026-03-10T06:01:01Z';
const SETTLED = /what is settled cannot change/;
/** A debit was requested and not refused. */
const REQUESTED: readonly PaymentStatus[] = [
  'DEBITING',
  'PROCESSING',
  'IN_DOUBT',
  'REVERSING',
  'CONFIRMED',
  'REVERSED',
];
const NEVER_REQUESTED = PAYMENT_STATUSES.filter((status) => !REQUESTED.includes(status));

/** A payment whose debit was requested from a core. */
function requestedPayment(status: PaymentStatus, columns: Columns = {}): Columns {
  return { ...rowOf(another(paymentThatIs(status))), debit_requested_at: DEBITED_AT, ...columns };
}

/** The deadline passed without a known debit. */
const NEVER_KNOWN = { debited_at: null, notify_result: 'PROCESS_FAIL', settled_by: 'DEADLINE' };
const REFUSED = { status: 'DECLINED', notify_result: 'PROCESS_FAIL', debit_requested_at: null };

/** The rules that the database enforces. */
describe('in the database, a payment whose debit is requested from a core', () => {
  let database: TestDatabase;
  let owner: TableOwner;

  beforeAll(async () => {
    database = await createDatabase();
    owner = await TableOwner.of(database, 'qr_payments');
  });

  afterAll(async () => {
    await owner.end();
    await database.drop();
  });

  const waiting = (columns: Columns) =>
    owner.insert({ ...rowOf(another(paymentThatIs('AWAITING_CONFIRMATION'))), customer_id: BEKZAT, ...columns });
  const debit = {
    status: 'PROCESSING',
    account_id: ACCOUNT,
    debited_at: DEBITED_AT,
    expires_at: null,
    notify_result: 'SUCCESS',
  };
  const requestDebit = { status: 'DEBITING', account_id: ACCOUNT, debit_requested_at: DEBITED_AT, expires_at: null };

  describe('counts as debited (R33):', () => {
    it.each<[PaymentStatus, string, Columns]>([
      ['DEBITING', 'is not answered yet', {}],
      ['PROCESSING', 'is done', {}],
      ['REVERSING', 'was done too late', {}],
      ['REVERSING', 'was never known', NEVER_KNOWN],
      ['REVERSED', 'was never known', NEVER_KNOWN],
      ['REVERSED', 'was given back', {}],
    ])(
      '%s, and the debit %s: no other customer can pay the purchase, with the core or the own ledger',
      async (status, _, columns) => {
        const kaspi_payment_id = `ps-${randomUUID()}`;
        await owner.insert(requestedPayment(status, { kaspi_payment_id, ...columns }));
        const second = await waiting({ kaspi_payment_id });
        await owner.expectRefused(() => owner.update(second, requestDebit), 'qr_payments_one_result');
        await owner.expectRefused(() => owner.update(second, debit), 'qr_payments_one_result');
      },
    );

    it('after a refusal of the core neither: the PS is notified of PROCESS_FAIL (R38)', async () => {
      const kaspi_payment_id = `ps-${randomUUID()}`;
      const first = await owner.insert(requestedPayment('DEBITING', { kaspi_payment_id }));
      const second = await waiting({ kaspi_payment_id });
      await owner.update(first, REFUSED);
      await owner.expectRefused(() => owner.update(second, requestDebit), 'qr_payments_one_result');
      await owner.expectRefused(() => owner.update(second, debit), 'qr_payments_one_result');
    });
  });

  describe('cannot undo the request to the core:', () => {
    it.each(REQUESTED)('%s keeps the moment of its request', async (status) => {
      const id = await owner.insert(requestedPayment(status));
      for (const debit_requested_at of [null, LATER]) {
        await owner.expectRefused(() => owner.update(id, { debit_requested_at, version: 9 }), SETTLED);
      }
    });

    it.each(REQUESTED)('%s keeps its amount and its account', async (status) => {
      const id = await owner.insert(requestedPayment(status));
      for (const change of [{ amount: 10_100 }, { amount: null }, { account_id: randomUUID() }, { account_id: null }]) {
        await owner.expectRefused(() => owner.update(id, change), SETTLED);
      }
    });

    it('only DEBITING can, by becoming DECLINED', async () => {
      const id = await owner.insert(requestedPayment('DEBITING'));
      expect(await owner.refusalOf(() => owner.update(id, REFUSED))).toBeNull();
      await owner.expectRefused(() => owner.update(id, { ...REFUSED, debit_requested_at: LATER }), SETTLED);
      await owner.expectRefused(
        () => owner.update(id, { ...REFUSED, debit_requested_at: DEBITED_AT }),
        'qr_payments_debit_requested',
      );
      for (const change of [
        { status: 'CANCELLED', notify_result: 'CANCELLED_BY_CLIENT' },
        { status: 'EXPIRED' },
        { status: 'AWAITING_CONFIRMATION', expires_at: LATER },
      ]) {
        await owner.expectRefused(() => owner.update(id, { ...change, debit_requested_at: null }), SETTLED);
      }
    });
  });

  it.each(NEVER_REQUESTED)('is not %s', async (status) => {
    await owner.expectRefused(() => owner.insert(requestedPayment(status)), 'qr_payments_debit_requested');
  });

  describe('while the outcome is unknown (DEBITING)', () => {
    it.each(['debit_requested_at', 'account_id', 'amount'])('has its %s', async (missing) => {
      await owner.expectRefused(
        () => owner.insert(requestedPayment('DEBITING', { [missing]: null })),
        'qr_payments_debited',
      );
    });

    it('is not debited', async () => {
      const known = requestedPayment('DEBITING', { debited_at: DEBITED_AT });
      await owner.expectRefused(() => owner.insert(known), 'qr_payments_debited');
    });

    it.each(NOTIFY_RESULTS)('has no result %s for the PS (R16)', async (notify_result) => {
      await owner.expectRefused(
        () => owner.insert(requestedPayment('DEBITING', { notify_result })),
        'qr_payments_status_result',
      );
    });

    it('no longer waits for a confirm', async () => {
      await owner.expectRefused(
        () => owner.insert(requestedPayment('DEBITING', { expires_at: LATER })),
        'qr_payments_waiting',
      );
    });
  });

  describe('and its reversal', () => {
    it.each(['REVERSING', 'REVERSED'] as const)('may be %s although the debit never became known', async (status) => {
      expect(await owner.refusalOf(() => owner.insert(requestedPayment(status, NEVER_KNOWN)))).toBeNull();
    });

    it('is REVERSED without a debit only if the debit was requested', async () => {
      const never = requestedPayment('REVERSED', { ...NEVER_KNOWN, debit_requested_at: null });
      await owner.expectRefused(() => owner.insert(never), 'qr_payments_debited');
    });

    it.each(['account_id', 'amount', 'notify_result'])('has its %s, debited or not', async (missing) => {
      for (const known of [{}, NEVER_KNOWN]) {
        const without = requestedPayment('REVERSING', { ...known, [missing]: null });
        await owner.expectRefused(() => owner.insert(without), 'qr_payments_debited');
      }
    });

    it.each(PAYMENT_STATUSES.filter((status) => status !== 'REVERSING'))(
      'changes from REVERSING to REVERSED only: %s',
      async (status) => {
        const id = await owner.insert(requestedPayment('REVERSING'));
        if (status === 'REVERSED') {
          expect(await owner.refusalOf(() => owner.update(id, { status }))).toBeNull();
        } else {
          await owner.expectRefused(() => owner.update(id, { status }), SETTLED);
        }
      },
    );

    it('keeps what settled it: the PS, an operator or the deadline', async () => {
      for (const settled_by of ['KASPI', 'OPERATOR', 'DEADLINE']) {
        const id = await owner.insert(requestedPayment('REVERSING', { settled_by }));
        await owner.expectRefused(() => owner.update(id, { settled_by: 'REGISTRY' }), SETTLED);
        expect(await owner.refusalOf(() => owner.update(id, { status: 'REVERSED' }))).toBeNull();
      }
    });

    it('cannot get SUCCESS after PROCESS_FAIL (R35)', async () => {
      const id = await owner.insert(requestedPayment('REVERSING', NEVER_KNOWN));
      await owner.expectRefused(() => owner.update(id, { notify_result: 'SUCCESS' }), SETTLED);
    });
  });
});
