import { type CustomerAccount, describePurchase } from '@mpp/core-banking';
import { masked } from '@mpp/kaspi';
import type { AccountId } from '@mpp/kernel';
import { SHARED_ACCOUNTS } from '@mpp/ledger';
import type { OutboxReservation } from '@mpp/outbox';
import type { Queryable } from '@mpp/platform';
import { NOTIFY_TOPIC, type NotifyPayload } from '../domain/notify.js';
import type { Payment } from '../domain/payment.js';

export interface QueuedNotify {
  readonly reservation: OutboxReservation;
  readonly payload: NotifyPayload;
}

/** What the database checks again with a debit, other debits of the customer held off meanwhile; null is off. */
export interface DailyLimits {
  readonly dayBegins: Date;
  /** Tiyn. */
  readonly sum: bigint | null;
  readonly count: number | null;
}

/** What is to be written: the payment as it was decided, one version on. */
export interface DecisionWrite {
  readonly before: Payment;
  readonly payment: Payment;
  /** For history, where the failure's code says too little to operators. */
  readonly reason?: string | null;
  /** What the PS is to be told, if anything. */
  readonly notify: QueuedNotify | null;
  /** The account that is debited, if any. */
  readonly from: AccountId | null;
  readonly limits: DailyLimits | null;
}

/**
 * Writes what was decided of a payment that is not debited yet, in one statement: status, history, journal, outbox
 * message and the record of the attempt that is about to leave. False where the payment has changed since it was read;
 * nothing was written then. Throws on qr_payments_one_debit where somebody else paid the purchase meanwhile (R33), on
 * ledger_accounts_no_overdraft where the money was spent meanwhile, on qr_payments_account_usable where the account was
 * closed, and on qr_payments_daily_limit where other debits of the customer came in between.
 */
export async function writeDecision(
  queryable: Queryable,
  { before, payment, reason = null, notify, from, limits }: DecisionWrite,
): Promise<boolean> {
  const [row] = await queryable.query<{ written: boolean }[]>(DECIDE, [
    payment.id,
    payment.version,
    before.status,
    payment.status,
    payment.updatedAt,
    payment.amount?.tiyn.toString() ?? null,
    payment.failure?.code ?? null,
    reason,
    payment.notifyResult,
    notify?.reservation.id ?? null,
    NOTIFY_TOPIC,
    notify && JSON.stringify(notify.payload),
    notify?.reservation.nextAttemptAt ?? null,
    notify?.reservation.lease ?? null,
    notify?.payload.requestId ?? null,
    notify && masked(notify.payload.body),
    from,
    SHARED_ACCOUNTS.IN_TRANSIT,
    limits?.dayBegins ?? null,
    limits?.sum?.toString() ?? null,
    limits?.count ?? null,
  ]);
  return row?.written === true;
}

/** What is to be written of a debit that a core is about to be asked for. */
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
 * Writes in one statement that a core is asked to debit: status, history, operation and outbox message. False where the
 * payment has changed since it was read; nothing was written then. Throws as {@link writeDecision} does.
 */
export async function writeRequestedDebit(
  queryable: Queryable,
  { before, payment, account, limits, reservation, topic, payload }: RequestedDebitWrite,
): Promise<boolean> {
  const [row] = await queryable.query<{ written: boolean }[]>(
    `select qr_payments_request_debit($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18) as written`,
    [
      payment.id,
      payment.version,
      before.status,
      payment.updatedAt,
      payment.amount?.tiyn.toString() ?? null,
      account.id,
      account.coreAccount,
      account.name,
      payload.operationId,
      describePurchase(payment.merchant?.name ?? null),
      reservation.id,
      topic,
      JSON.stringify(payload),
      reservation.nextAttemptAt,
      reservation.lease,
      limits?.dayBegins ?? null,
      limits?.sum?.toString() ?? null,
      limits?.count ?? null,
    ],
  );
  return row?.written === true;
}

/** What bench/confirm.ts runs under pgbench. */
export const DECIDE = `select qr_payments_write_decision($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19,
  $20, $21) as written`;
