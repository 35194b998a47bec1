import { randomUUID } from 'node:crypto';
import type { AccountId, CustomerId, KaspiPaymentId, PaymentId } from '@mpp/kernel';
import { Money } from '@mpp/kernel';
import type { TestDatabase } from './database.js';
import { insertRow, MERCHANT, paymentThatIs, rowOf } from './payments.js';

/** A confirmed payment or a refund with the fields of a registry row. */
export interface Bought {
  readonly at: Date;
  readonly amount: string;
  readonly customerId?: string;
  readonly mcc?: string | null;
  readonly kaspiOperationId?: string | null;
}

export interface Row {
  readonly id: string;
  readonly kaspiPaymentId: string;
  readonly customerId: string;
}

/** Inserts a payment as the server would have stored it, without journal entries. */
export async function insertBought(database: TestDatabase, bought: Bought): Promise<Row> {
  const { at, amount, customerId = '5263897', mcc = '8021', kaspiOperationId = null } = bought;
  const payment = paymentThatIs('CONFIRMED', {
    id: randomUUID() as PaymentId,
    kaspiPaymentId: `ps-${randomUUID()}` as KaspiPaymentId,
    customerId: customerId as CustomerId,
    amount: Money.parse(amount),
    merchant: mcc === null ? null : { ...MERCHANT, mcc },
    debitedAt: at,
    confirmedAt: at,
  });
  await insertRow(database, rowOf(payment));
  if (kaspiOperationId !== null) {
    const row = 'insert into receipts (payment_id, kaspi_operation_id, received_at) values ($1, $2, $3)';
    await database.query(row, [payment.id, kaspiOperationId, at]);
  }
  return { id: payment.id, kaspiPaymentId: payment.kaspiPaymentId, customerId };
}

/** Inserts a refund of the payment that was accepted at this moment. */
export async function insertRefunded(
  database: TestDatabase,
  { id, kaspiPaymentId, customerId }: Row,
  { at, amount, kaspiOperationId = null }: Bought,
  accountId: AccountId,
): Promise<void> {
  // In one statement, so that the payment's refunded amount is the sum of its refunds at the end.
  await database.query(
    `with refund as (
       insert into refunds (id, refund_id, fingerprint, result_code, result_message, status, customer_id, kaspi_payment_id,
         payment_id, amount, account_id, credit_by, kaspi_operation_id, created_at)
       values (gen_random_uuid(), $1, 'f', 'SUCCESS', 'success', 'ACCEPTED', $2, $3, $4, $5, $6, $7, $8, $7)
       returning amount)
     update qr_payments set refunded_amount = refunded_amount + refund.amount from refund where id = $4`,
    [
      randomUUID(),
      customerId,
      kaspiPaymentId,
      id,
      Money.parse(amount).tiyn.toString(),
      accountId,
      at,
      kaspiOperationId,
    ],
  );
}
