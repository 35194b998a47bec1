import { type AccountId, type CustomerId, type KaspiPaymentId, Money, type PaymentId } from '@mpp/kernel';
import {
  Database,
  hydrate,
  newestFirst,
  type Position,
  type Queryable,
  rowsOf,
  selectWhere,
  type Tx,
} from '@mpp/platform';
import { Injectable } from '@nestjs/common';
import { In } from 'typeorm';
import type { ConfirmFacts } from '../domain/confirm.js';
import type { DebitsOfDay } from '../domain/limits.js';
import type { Payment } from '../domain/payment.js';
import type { FormValue } from '../domain/service-form.js';
import { purchaseStateBy } from '../domain/status-sets.js';
import { can, PAYMENT_STATUSES, type PaymentStatus } from '../domain/transitions.js';
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

  async findById(id: PaymentId): Promise<Payment | null> {
    const found = await this.database.manager.findOneBy(PaymentEntity, { id });
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

  /** The customer's payment for the purchase, if the PS can still confirm it. */
  async findOpenOfPurchase(purchase: string, customer: string): Promise<PaymentId | null> {
    const status = In(PAYMENT_STATUSES.filter((each) => can(each, 'confirmed')));
    const where = { kaspiPaymentId: purchase as KaspiPaymentId, customerId: customer as CustomerId, status };
    const found = await this.database.manager.findOne(PaymentEntity, { select: { id: true }, where });
    return found?.id ?? null;
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

  /** The customer has seen this amount. */
  async recordSeenAmount({ id, amount }: Payment): Promise<void> {
    const seen = amount?.tiyn.toString() ?? null;
    await this.database.query('update qr_payments set seen_amount = null where id = $1 and amount = $2', [id, seen]);
  }

  /** Writes a priced payment and returns it with what the PS said last (R43); null if it changed since it was read. */
  async writePriced(payment: Payment): Promise<Payment | null> {
    const [row] = await this.database.query<object[]>(
      ...rowsOf('qr_payments_write_priced', {
        p_id: payment.id,
        p_version: payment.version,
        p_status: payment.status,
        ...answerOf(payment),
      }),
    );
    return row === undefined ? null : paymentOf(row);
  }

  /**
   * Saves a scanned payment. If the customer already has a payment for the purchase, that one is returned, with deadline and
   * price refreshed while it waits for the customer (R33). What the PS said last counts for every customer of the purchase (R43).
   */
  async saveScanned(payment: Payment): Promise<{ payment: Payment; created: boolean }> {
    const args = {
      p_id: payment.id,
      p_purchase: payment.kaspiPaymentId,
      p_customer: payment.customerId,
      p_type: payment.qrCodeType,
      p_status: payment.status,
      ...answerOf(payment),
      p_service: payment.service && JSON.stringify(payment.service),
    };
    const [row] = await this.database.query<{ created: boolean }[]>(
      ...rowsOf('qr_payments_save_scanned', args, '(payment).*, created'),
    );
    if (row === undefined) throw new Error(`payment ${payment.id} was neither saved nor found`);
    return { payment: paymentOf(row), created: row.created };
  }
}

/** What the PS answered, as arguments. */
function answerOf({ amount, confirmUntil, expiresAt, answeredAt, merchant }: Payment) {
  return {
    p_amount: amount?.tiyn.toString(),
    p_confirm_until: confirmUntil,
    p_expires_at: expiresAt,
    p_merchant_id: merchant?.id,
    p_merchant_name: merchant?.name,
    p_merchant_mcc: merchant?.mcc,
    p_at: answeredAt,
  };
}

function paymentOf(row: object): Payment {
  return toPayment(hydrate(PaymentEntity, row));
}

/** bench/confirm.ts runs it under pgbench. */
export const CONFIRM_FACTS = `select (payment).*, paying_account, paying_balance, purchase_result_of
  from qr_payments_decision_facts($1, $2, $3)`;
