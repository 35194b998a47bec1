import { type AccountId, type CustomerId, Money, type PaymentId } from '@mpp/kernel';
import { Database, type Position, type Tx } from '@mpp/platform';
import { Injectable } from '@nestjs/common';
import type { ConfirmFacts } from '../domain/confirm.js';
import type { Payment } from '../domain/payment.js';
import { isFinal, PAYMENT_STATUSES } from '../domain/transitions.js';
import { type PaymentRow, toPayment } from './payment-row.js';

interface ConfirmRow extends PaymentRow {
  paying_account: AccountId | null;
  paying_balance: string | null;
  paid_by_another: boolean;
}

/** Reads of payments, and the writes that are not the money path (confirm.statement.ts, settle.statement.ts). */
@Injectable()
export class PaymentsRepository {
  constructor(private readonly database: Database) {}

  async find(customer: CustomerId, id: PaymentId): Promise<Payment | null> {
    const [row] = await this.database.query<PaymentRow[]>(
      'select * from qr_payments where id = $1 and customer_id = $2',
      [id, customer],
    );
    return row === undefined ? null : toPayment(row);
  }

  /** The customer's own, newest first. */
  async list(customer: CustomerId, limit: number, after: Position | null): Promise<Payment[]> {
    const rows = await this.database.query<PaymentRow[]>(
      `select * from qr_payments where customer_id = $1 and ($3::timestamptz is null or (created_at, id) < ($3, $4::uuid))
       order by created_at desc, id desc limit $2`,
      [customer, limit, after?.at ?? null, after?.id ?? null],
    );
    return rows.map(toPayment);
  }

  /** Everything that deciding a confirm needs, in one read. */
  async confirmFacts(customer: CustomerId, id: PaymentId, account: AccountId | null): Promise<ConfirmFacts | null> {
    const [row] = await this.database.query<ConfirmRow[]>(CONFIRM_FACTS, [id, customer, account]);
    if (row === undefined) return null;
    const { paying_account: accountId, paying_balance: balance } = row;
    const usable = accountId !== null && balance !== null;
    return {
      payment: toPayment(row),
      account: usable ? { id: accountId, balance: Money.ofTiyn(BigInt(balance)) } : null,
      paidByAnother: row.paid_by_another,
    };
  }

  /** Locks the payments until the transaction ends, always in the same order. */
  async lock(tx: Tx, ids: readonly PaymentId[]): Promise<Map<PaymentId, Payment>> {
    const rows = await tx.query<PaymentRow[]>('select * from qr_payments where id = any($1) order by id for update', [
      ids,
    ]);
    return new Map(rows.map((row) => [row.id, toPayment(row)]));
  }

  /** Those of the given payments that are final by now. */
  async finalAmong(ids: readonly PaymentId[]): Promise<PaymentId[]> {
    const rows = await this.database.query<{ id: PaymentId }[]>(
      'select id from qr_payments where id = any($1) and status = any($2)',
      [ids, FINAL],
    );
    return rows.map((row) => row.id);
  }

  /**
   * Keeps a scanned payment. Where the customer has one of this purchase already, that one is returned, its deadline
   * and price refreshed while it waits for the customer (R33).
   */
  async keepScanned(payment: Payment): Promise<{ payment: Payment; created: boolean }> {
    const [row] = await this.database.query<(PaymentRow & { created: boolean })[]>(KEEP_SCANNED, [
      payment.id,
      payment.kaspiPaymentId,
      payment.customerId,
      payment.qrCodeType,
      payment.status,
      payment.amount?.tiyn.toString() ?? null,
      payment.confirmUntil,
      payment.answeredAt,
      payment.merchant?.id ?? null,
      payment.merchant?.name ?? null,
      payment.merchant?.mcc ?? null,
    ]);
    if (row === undefined) throw new Error(`payment ${payment.id} was neither kept nor found`);
    return { payment: toPayment(row), created: row.created };
  }
}

/** What bench/confirm.ts runs under pgbench. */
export const CONFIRM_FACTS = `select (payment).*, paying_account, paying_balance, paid_by_another
  from qr_payments_confirm_facts($1, $2, $3)`;

const FINAL = PAYMENT_STATUSES.filter(isFinal);

// The `set` runs on every conflict, so that the row comes back whichever it is; what it sets stays the same outside AWAITING_CONFIRMATION.
const KEEP_SCANNED = `
  with kept as (
    insert into qr_payments as p (id, kaspi_payment_id, customer_id, qr_code_type, status, amount, confirm_until, answered_at,
      merchant_id, merchant_name, merchant_mcc, created_at, updated_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $8, $8)
    on conflict (kaspi_payment_id, customer_id) do update set
      version = p.version + case when p.status = $5 then 1 else 0 end,
      amount = case when p.status = $5 then excluded.amount else p.amount end,
      confirm_until = case when p.status = $5 then excluded.confirm_until else p.confirm_until end,
      answered_at = case when p.status = $5 then excluded.answered_at else p.answered_at end,
      merchant_id = coalesce(p.merchant_id, excluded.merchant_id),
      merchant_name = coalesce(p.merchant_name, excluded.merchant_name),
      merchant_mcc = coalesce(p.merchant_mcc, excluded.merchant_mcc),
      updated_at = case when p.status = $5 then excluded.updated_at else p.updated_at end
    returning p.*, p.id = $1 as created),
  history as (
    insert into qr_payment_history (payment_id, version, status, at)
    select id, version, status, $8 from kept where created)
  select * from kept`;
