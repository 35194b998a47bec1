import { randomUUID } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import type { TestDatabase } from './database.js';

export interface BookedPayment {
  readonly id: string;
  readonly customerId: string;
  readonly amount: bigint;
  readonly status: string;
  readonly at: Date;
  readonly mcc: string | null;
  readonly kaspiOperationId: string | null;
}

export interface BookedRefund {
  readonly id: string;
  readonly paymentId: string;
  readonly customerId: string;
  readonly amount: bigint;
  readonly at: Date;
  readonly kaspiOperationId: string | null;
}

const SETTLED = new Set(['CONFIRMED', 'REVERSED', 'REVERSING']);
const DEBITED = new Set(['CONFIRMED', 'REVERSED', 'PROCESSING', 'IN_DOUBT']);
const NOTIFIED: Readonly<Record<string, string>> = { DECLINED: 'PROCESS_FAIL', CANCELLED: 'CANCELLED_BY_CLIENT' };
let customers = 0;

/**
 * Payments and refunds of the past, written directly, with which registries are compared. Payments in doubt are debited in the
 * journal too, so that they can be settled.
 */
export class Books {
  constructor(private readonly database: TestDatabase) {}

  async payment(given: Partial<BookedPayment> & { at: Date }): Promise<BookedPayment> {
    const payment: BookedPayment = {
      id: uuidv7(),
      customerId: `7${String(++customers).padStart(11, '0')}`,
      amount: 100_000n,
      status: 'CONFIRMED',
      mcc: '5812',
      kaspiOperationId: `QR${70_000_000 + customers}`,
      ...given,
    };
    await this.insert(payment);
    if (payment.kaspiOperationId !== null) {
      await this.database.query(
        'insert into receipts (payment_id, kaspi_operation_id, received_at) values ($1, $2, $3)',
        [payment.id, payment.kaspiOperationId, payment.at],
      );
    }
    return payment;
  }

  /** A refund that is accepted and not credited yet. */
  async refund(of: BookedPayment, given: Partial<BookedRefund> & { at: Date }): Promise<BookedRefund> {
    const refund: BookedRefund = {
      id: uuidv7(),
      paymentId: of.id,
      customerId: of.customerId,
      amount: of.amount,
      kaspiOperationId: `QR${90_000_000 + ++customers}`,
      ...given,
    };
    await this.database.query(
      `with paid as (update qr_payments set refunded_amount = refunded_amount + $4, version = version + 1 where id = $2
         returning kaspi_payment_id, account_id)
       insert into refunds (id, refund_id, fingerprint, result_code, result_message, status, customer_id, kaspi_payment_id,
         payment_id, amount, account_id, kaspi_operation_id, credit_by, created_at)
       select $1::uuid, 'Ref-' || $1::text, 'test', 'SUCCESS', 'success', 'ACCEPTED', $3, kaspi_payment_id, $2, $4, account_id, $5, $6, $6
       from paid`,
      [refund.id, of.id, refund.customerId, refund.amount, refund.kaspiOperationId, refund.at],
    );
    return refund;
  }

  /** A refund that is on the account that paid. */
  async creditedRefund(of: BookedPayment, given: Partial<BookedRefund> & { at: Date }): Promise<BookedRefund> {
    const refund = await this.refund(of, given);
    const [account] = await this.database.query<{ id: string }>('select account_id as id from refunds where id = $1', [
      refund.id,
    ]);
    await this.database.query(
      `with credited as (update refunds set status = 'CREDITED', credited_at = $4, credited_account_id = $2 where id = $1)
       select ledger_post('REFUND', $1::uuid::text, '${RECEIVABLE}', $2, $3, $4)`,
      [refund.id, account?.id, refund.amount, refund.at],
    );
    return refund;
  }

  private async insert(payment: BookedPayment): Promise<void> {
    const { id, customerId, amount, status, at, mcc } = payment;
    const debited = DEBITED.has(status);
    const account = debited ? await this.accountOf(customerId, amount) : null;
    await this.database.query(
      `insert into qr_payments (id, kaspi_payment_id, customer_id, qr_code_type, status, amount, account_id, answered_at,
         merchant_mcc, notify_result, debited_at, doubted_at, confirmed_at, settled_by, failure_code, created_at, updated_at)
       values ($1, $2, $3, 'Dynamic', $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, null, $7, $7)`,
      [
        ...[id, randomUUID(), customerId, status, amount, account, at, mcc],
        debited ? 'SUCCESS' : (NOTIFIED[status] ?? null),
        debited ? at : null,
        status === 'IN_DOUBT' ? at : null,
        status === 'CONFIRMED' ? at : null,
        SETTLED.has(status) ? 'KASPI' : null,
      ],
    );
    if (!debited) return;
    const entry = (purpose: string, from: string | null, to: string | null) =>
      this.database.query('select ledger_post($1, $2, $3, $4, $5, $6)', [purpose, id, from, to, amount, at]);
    await entry('PAYMENT', account, IN_TRANSIT);
    if (status === 'CONFIRMED') await entry('SETTLEMENT', IN_TRANSIT, PAYABLE);
    if (status === 'REVERSED') await entry('REVERSAL', IN_TRANSIT, account);
  }

  /** A new account with this balance. */
  private async accountOf(customerId: string, amount: bigint): Promise<string> {
    const id = uuidv7();
    await this.database.query(
      `insert into ledger_accounts (id, kind, customer_id, name, balance, created_at)
       values ($1, 'CUSTOMER', $2, 'Основной счёт', 0, '2026-01-01Z')`,
      [id, customerId],
    );
    await this.database.query('select ledger_post($1, $2, $3, $4, $5, $6)', [
      ...['DEPOSIT', `opening-${id}`, FUNDING, id, amount, new Date('2026-01-01Z')],
    ]);
    return id;
  }
}

const FUNDING = '00000000-0000-7000-8000-000000000001';
const IN_TRANSIT = '00000000-0000-7000-8000-000000000002';
const PAYABLE = '00000000-0000-7000-8000-000000000003';
const RECEIVABLE = '00000000-0000-7000-8000-000000000005';
