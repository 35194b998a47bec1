import { type AccountId, type CustomerId, Money, type PaymentId } from '@mpp/kernel';
import { Database, hydrate, newestFirst, type Position, type Queryable, selectWhere, type Tx } from '@mpp/platform';
import { Injectable } from '@nestjs/common';
import { In } from 'typeorm';
import type { ConfirmFacts } from '../domain/confirm.js';
import type { DebitsOfDay } from '../domain/limits.js';
import type { Payment } from '../domain/payment.js';
import type { FormValue } from '../domain/service-form.js';
import { purchaseStateBy } from '../domain/status-sets.js';
import type { PaymentStatus } from '../domain/transitions.js';
import { PaymentEntity, toPayment } from './payment.entity.js';

interface ConfirmRow {
  paying_account: AccountId | null;
  paying_balance: string | null;
  purchase_result_of: PaymentStatus | null;
}

/** The status of a payment, for waiting confirms and event streams. */
export interface PaymentState {
  readonly id: PaymentId;
  readonly version: number;
  readonly status: PaymentStatus;
}

/** Reads of payments, and writes besides the money path (decision.statement.ts, settle.statement.ts). */
@Injectable()
export class PaymentsRepository {
  constructor(private readonly database: Database) {}

  async findPayment(customer: CustomerId, id: PaymentId): Promise<Payment | null> {
    const found = await this.database.manager.findOneBy(PaymentEntity, { id, customerId: customer });
    return found && toPayment(found);
  }

  /** Newest first. */
  async listPayments(customer: CustomerId, limit: number, after: Position | null): Promise<Payment[]> {
    const query = selectWhere(this.database.manager, PaymentEntity, { customerId: customer });
    return (await newestFirst(query, limit, after)).map(toPayment);
  }

  /** Everything that the decision about a confirm needs, in one read; null for a payment of another customer. */
  async confirmFacts(customer: CustomerId, id: PaymentId, account: AccountId | null): Promise<ConfirmFacts | null> {
    const [row] = await this.database.query<ConfirmRow[]>(CONFIRM_FACTS, [id, customer, account]);
    if (row === undefined) return null;
    const { paying_account: accountId, paying_balance: balance } = row;
    const usable = accountId !== null && balance !== null;
    return {
      payment: paymentOf(row),
      account: usable ? { id: accountId, balance: Money.ofTiyn(BigInt(balance)) } : null,
      purchase: purchaseStateBy(row.purchase_result_of),
    };
  }

  /** Locks the payments until the transaction ends, always in the same order. */
  async lockPayments(tx: Tx, ids: readonly PaymentId[]): Promise<Map<PaymentId, Payment>> {
    const rows = await tx.query<object[]>('select * from qr_payments where id = any($1) order by id for update', [ids]);
    return new Map(rows.map(paymentOf).map((payment) => [payment.id, payment]));
  }

  /** The customer's payment for the purchase, locked until the transaction ends; else whether any customer has one. */
  async lockOfPurchase(tx: Tx, purchase: string, customer: string): Promise<Payment | 'of another customer' | 'none'> {
    const [row] = await tx.query<object[]>(
      'select * from qr_payments where kaspi_payment_id = $1 and customer_id = $2 for update',
      [purchase, customer],
    );
    if (row !== undefined) return paymentOf(row);
    const others = await tx.query<unknown[]>('select 1 from qr_payments where kaspi_payment_id = $1 limit 1', [
      purchase,
    ]);
    return others.length > 0 ? 'of another customer' : 'none';
  }

  async findMerchantNames(tx: Tx, ids: readonly PaymentId[]): Promise<ReadonlyMap<PaymentId, string | null>> {
    const found = await tx.find(PaymentEntity, {
      select: { id: true, merchantName: true },
      where: { id: In([...ids]) },
    });
    return new Map(found.map(({ id, merchantName }) => [id, merchantName]));
  }

  /** One small read for all waiters. */
  async findStates(ids: readonly PaymentId[]): Promise<PaymentState[]> {
    return this.database.query('select id, version, status from qr_payments where id = any($1)', [ids]);
  }

  /** The customer's debits since a moment that were not reversed. */
  async debitsSince(customer: CustomerId, since: Date): Promise<DebitsOfDay> {
    const [row] = await this.database.query<{ sum: string; count: string }[]>(
      'select total::text as sum, number::text as count from qr_payments_debits_since($1, $2)',
      [customer, since],
    );
    return { sum: BigInt(row?.sum ?? 0), count: Number(row?.count ?? 0) };
  }

  /** One statement without a transaction, for the poll that mostly finds none. */
  async isExpiryDue(now: Date): Promise<boolean> {
    const rows = await this.database.query('select from qr_payments where expires_at < $1 limit 1', [now]);
    return rows.length > 0;
  }

  /** Ends up to `limit` payments whose time is over; returns them. */
  async expirePayments(queryable: Queryable, now: Date, limit: number): Promise<PaymentId[]> {
    const rows = await queryable.query<{ id: PaymentId }[]>('select qr_payments_expire($1, $2) as id', [now, limit]);
    return rows.map(({ id }) => id);
  }

  /**
   * Stores the values of checkout before it is sent. Returns false if the payment changed since it was read; throws on
   * qr_payments_one_form if another payment of the purchase has frozen other values (R37).
   */
  async freezeForm({ id, version }: Payment, values: readonly FormValue[], at: Date): Promise<boolean> {
    const [row] = await this.database.query<{ frozen: boolean }[]>(
      'select qr_payments_freeze_form($1, $2, $3, $4) as frozen',
      [id, version, JSON.stringify(values), at],
    );
    return row?.frozen === true;
  }

  /** Writes a priced payment. Returns false if it changed since it was read. */
  async writePriced(payment: Payment): Promise<boolean> {
    const rows = await this.database.query<unknown[]>(WRITE_PRICED, [
      payment.id,
      payment.version,
      payment.status,
      payment.amount?.tiyn.toString() ?? null,
      payment.confirmUntil,
      payment.expiresAt,
      payment.answeredAt,
      payment.merchant?.id ?? null,
      payment.merchant?.name ?? null,
      payment.merchant?.mcc ?? null,
      payment.updatedAt,
    ]);
    return rows.length > 0;
  }

  /**
   * Saves a scanned payment. If the customer already has a payment for the purchase, that one is returned, with deadline and
   * price refreshed while it waits for the customer (R33).
   */
  async saveScanned(payment: Payment): Promise<{ payment: Payment; created: boolean }> {
    const [row] = await this.database.query<{ created: boolean }[]>(SAVE_SCANNED, [
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
      payment.expiresAt,
      payment.service && JSON.stringify(payment.service),
    ]);
    if (row === undefined) throw new Error(`payment ${payment.id} was neither saved nor found`);
    return { payment: paymentOf(row), created: row.created };
  }
}

function paymentOf(row: object): Payment {
  return toPayment(hydrate(PaymentEntity, row));
}

/** bench/confirm.ts runs it under pgbench. */
export const CONFIRM_FACTS = `select (payment).*, paying_account, paying_balance, purchase_result_of
  from qr_payments_decision_facts($1, $2, $3)`;

// The `set` runs on every conflict, so that the row is returned in each case. It changes values only if the payment still waits
// as after its scan; a form that may have been sent stays (R37), and a merchant that was missing is filled in (R8).
const SAVE_SCANNED = `
  with saved as (
    insert into qr_payments as p (id, kaspi_payment_id, customer_id, qr_code_type, status, amount, confirm_until, answered_at,
      merchant_id, merchant_name, merchant_mcc, expires_at, service, created_at, updated_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $8, $8)
    on conflict (kaspi_payment_id, customer_id) do update set
      (version, amount, confirm_until, answered_at, expires_at, updated_at) = (select
        p.version + 1, excluded.amount, excluded.confirm_until, excluded.answered_at, excluded.expires_at, excluded.updated_at
        where p.status = $5 and p.qr_code_type = $4
        union all select p.version, p.amount, p.confirm_until, p.answered_at, p.expires_at, p.updated_at
        where p.status <> $5 or p.qr_code_type <> $4),
      service = case when p.status = $5 and p.qr_code_type = $4 and p.form_values is null then excluded.service else p.service end,
      merchant_id = coalesce(p.merchant_id, excluded.merchant_id),
      merchant_name = coalesce(p.merchant_name, excluded.merchant_name),
      merchant_mcc = coalesce(p.merchant_mcc, excluded.merchant_mcc)
    returning p.*, p.id = $1 as created),
  history as (
    insert into qr_payment_history (payment_id, version, status, at)
    select id, version, status, $8 from saved where created)
  select * from saved`;

const WRITE_PRICED = `
  with priced as (
    update qr_payments set version = $2, status = $3, amount = $4, confirm_until = $5, expires_at = $6, answered_at = $7,
      merchant_id = $8, merchant_name = $9, merchant_mcc = $10, updated_at = $11
    where id = $1 and version = $2 - 1 and status = 'AWAITING_CHECKOUT'
    returning id, version, status)
  insert into qr_payment_history (payment_id, version, status, at)
  select id, version, status, $11 from priced returning payment_id`;
