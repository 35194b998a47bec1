import { type CustomerAccount, describePurchase } from '@mpp/core-banking';
import { maskPersonalData } from '@mpp/kaspi';
import type { AccountId } from '@mpp/kernel';
import { SHARED_ACCOUNTS } from '@mpp/ledger';
import type { OutboxReservation } from '@mpp/outbox';
import { callOf, type Queryable } from '@mpp/platform';
import { NOTIFY_TOPIC, type NotifyPayload } from '../domain/notify.js';
import type { Payment } from '../domain/payment.js';

export interface QueuedNotify {
  readonly reservation: OutboxReservation;
  readonly payload: NotifyPayload;
}

/** The limits that the database checks again with a debit, one debit of the customer at a time; null: no limit. */
export interface DailyLimits {
  readonly dayBegins: Date;
  /** Tiyn. */
  readonly sum: bigint | null;
  readonly count: number | null;
}

/** A decision: the payment before and after it, which has the next version. */
export interface DecisionWrite {
  readonly before: Payment;
  readonly payment: Payment;
  /** For the history, if the failure code is not specific enough. */
  readonly reason?: string | null;
  /** Null if the PS gets no notify. */
  readonly notify: QueuedNotify | null;
  /** The account to debit, if any. */
  readonly from: AccountId | null;
  readonly limits: DailyLimits | null;
}

/**
 * Writes the decision about a payment that is not debited, in one statement: status, history, journal, outbox message and call log.
 * Returns false if the payment changed since it was read; nothing is written. Throws on the constraints qr_payments_one_result
 * (another payment of the purchase has a result, R38), ledger_accounts_no_overdraft (the money was spent), qr_payments_account_usable
 * (the account was closed) and qr_payments_daily_limit (another debit of the customer has used up the limit).
 */
export async function writeDecision(
  queryable: Queryable,
  { before, payment, reason = null, notify, from, limits }: DecisionWrite,
): Promise<boolean> {
  const [row] = await queryable.query<{ result: boolean }[]>(
    ...callOf('qr_payments_write_decision', {
      p_id: payment.id,
      p_version: payment.version,
      p_from: before.status,
      p_status: payment.status,
      p_at: payment.updatedAt,
      p_amount: payment.amount?.tiyn.toString(),
      p_failure: payment.failure?.code,
      p_reason: reason,
      p_notify_result: payment.notifyResult,
      p_message: notify?.reservation.id,
      p_topic: NOTIFY_TOPIC,
      p_payload: notify && JSON.stringify(notify.payload),
      p_next_attempt_at: notify?.reservation.nextAttemptAt,
      p_lease: notify?.reservation.lease,
      p_request_id: notify?.payload.requestId,
      p_request: notify && maskPersonalData(notify.payload.body),
      p_debit_account: from,
      p_credit_account: SHARED_ACCOUNTS.IN_TRANSIT,
      p_day_begins: limits?.dayBegins,
      p_daily_sum: limits?.sum?.toString(),
      p_daily_count: limits?.count,
    }),
  );
  return row?.result === true;
}

/** A debit that will be requested from a core. */
export interface RequestedDebitWrite {
  readonly before: Payment;
  readonly payment: Payment;
  readonly account: CustomerAccount;
  readonly limits: DailyLimits | null;
  readonly reservation: OutboxReservation;
  readonly topic: string;
  readonly payload: { readonly operationId: string };
}

/**
 * Writes the request of a debit in one statement: status, history, operation and outbox message. Returns false and throws as
 * {@link writeDecision} does.
 */
export async function writeRequestedDebit(
  queryable: Queryable,
  { before, payment, account, limits, reservation, topic, payload }: RequestedDebitWrite,
): Promise<boolean> {
  const [row] = await queryable.query<{ result: boolean }[]>(
    ...callOf('qr_payments_request_debit', {
      p_id: payment.id,
      p_version: payment.version,
      p_from: before.status,
      p_at: payment.updatedAt,
      p_amount: payment.amount?.tiyn.toString(),
      p_account: account.id,
      p_core_account: account.coreAccount,
      p_account_name: account.name,
      p_operation: payload.operationId,
      p_description: describePurchase(payment.merchant?.name ?? null),
      p_message: reservation.id,
      p_topic: topic,
      p_payload: JSON.stringify(payload),
      p_next_attempt_at: reservation.nextAttemptAt,
      p_lease: reservation.lease,
      p_day_begins: limits?.dayBegins,
      p_daily_sum: limits?.sum?.toString(),
      p_daily_count: limits?.count,
    }),
  );
  return row?.result === true;
}
