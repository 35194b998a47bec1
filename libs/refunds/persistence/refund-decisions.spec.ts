import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, it } from '@jest/globals';
import { CREDITED, NOW, refundRows, SUSPENDED } from '../../../test/support/refund-rows.js';
import { REFUND_STATUSES, type RefundStatus } from '../domain/refund-status.js';

const DECIDED = /a decision cannot change/;
const CREDIT = 'refunds_credited_in_journal';

const rows = refundRows();
const { query, paid, rowFor, refusedRow, insert, change, accepted, refundThatIs, expectRefused, expectTaken } = rows;
beforeAll(() => rows.start());
afterAll(() => rows.stop());

describe('a decision about a refund', () => {
  it('exists once per refundId', async () => {
    const bought = await paid();
    const refund_id = `Once${randomUUID()}`;
    await accepted(bought, 1000, { refund_id });
    await expectRefused(() => insert(rowFor(bought, 1000, { refund_id })), 'refunds_refund_id');
    await expectRefused(() => insert(refusedRow({ refund_id })), 'refunds_refund_id');
  });

  describe.each(REFUND_STATUSES)('that is %s', (status) => {
    it.each([
      ['id', randomUUID()],
      ['refund_id', 'other'],
      ['fingerprint', 'g'],
      ['result_code', null],
      ['result_message', 'other'],
      ['refusal', 'OTHER'],
      ['customer_id', 'other'],
      ['kaspi_payment_id', 'other'],
      ['payment_id', randomUUID()],
      ['amount', 1],
      ['account_id', randomUUID()],
      ['credit_by', '2099-01-01T00:00:00Z'],
      ['created_at', '2099-01-01T00:00:00Z'],
    ])('cannot change its %s', async (column, value) => {
      const id = await refundThatIs(status);
      await expectRefused(() => change(id, { [column]: value }), DECIDED);
    });

    it('is never deleted or truncated', async () => {
      const id = await refundThatIs(status);
      await expectRefused(() => query('delete from refunds where id = $1', [id]), 'append-only');
      await expectRefused(() => query('truncate refunds'), 'append-only');
    });

    it.each(REFUND_STATUSES.filter((next) => next !== status))(
      'becomes %s only if that is a step forward',
      async (next) => {
        const ways: Partial<Record<RefundStatus, RefundStatus[]>> = {
          ACCEPTED: ['SUSPENDED', 'CREDITED'],
          SUSPENDED: ['CREDITED'],
        };
        const id = await refundThatIs(status);
        const columns = { REFUSED: {}, ACCEPTED: {}, SUSPENDED, CREDITED }[next];
        const work = () => change(id, { ...columns, status: next });
        if (!(ways[status] ?? []).includes(next)) await expectRefused(work, DECIDED);
        // A step forward needs its journal entry.
        else if (next === 'CREDITED') await expectRefused(work, CREDIT);
      },
    );
  });

  it('may get another receipt if it was accepted (R17)', async () => {
    for (const status of ['ACCEPTED', 'SUSPENDED', 'CREDITED'] as const) {
      const id = await refundThatIs(status);
      await expectTaken(() => change(id, { link_receipt: 'https://other', pdf_receipt: 'https://pdf' }));
    }
  });

  it.each([
    ['an accepted one without a payment', { payment_id: null }, 'refunds_accepted'],
    ['an accepted one without a customer', { customer_id: null }, 'refunds_accepted'],
    ['an accepted one without an amount', { amount: null }, 'refunds_accepted'],
    ['an accepted one without an account', { account_id: null }, 'refunds_accepted'],
    ['an accepted one without a deadline', { credit_by: null }, 'refunds_accepted'],
    ['one of zero', { amount: 0 }, 'refunds_amount_check'],
    ['an accepted one with another answer', { result_code: 'PARAM_ILLEGAL' }, 'refunds_refused'],
    ['one with a code that is not in regulation 4.4', { result_code: 'PROCESS_FAIL' }, 'refunds_refused'],
    ['an accepted one with a refusal', { refusal: 'AMOUNT' }, 'refunds_refused'],
    ['a credited one without a time', { status: 'CREDITED', next_escalation_at: null }, 'refunds_credited'],
    ['a waiting one with the time of a credit', { credited_at: NOW }, 'refunds_credited'],
    ['one in suspense without a time', { status: 'SUSPENDED' }, 'refunds_suspended'],
    ['a refundId of 65 characters', { refund_id: 'r'.repeat(65) }, 'refunds_refund_id_check'],
    ['an empty refundId', { refund_id: '' }, 'refunds_refund_id_check'],
    ['a message of 257 characters', { result_message: 'm'.repeat(257) }, 'refunds_result_message_check'],
  ])('cannot be %s', async (_, columns, error) => {
    const bought = await paid();
    await expectRefused(() => insert(rowFor(bought, 1000, columns)), error);
  });

  it.each([
    ['without a reason', { refusal: null }, 'refunds_refused'],
    ['with the answer SUCCESS', { result_code: 'SUCCESS' }, 'refunds_refused'],
    ['with an escalation', { next_escalation_at: NOW }, 'refunds_escalates'],
  ])('cannot be a refusal %s', async (_, columns, error) => {
    await expectRefused(() => insert(refusedRow(columns)), error);
  });
});
