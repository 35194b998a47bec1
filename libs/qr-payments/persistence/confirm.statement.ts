import { masked } from '@mpp/kaspi';
import { SHARED_ACCOUNTS } from '@mpp/ledger';
import { type Birth } from '@mpp/outbox';
import { Database } from '@mpp/platform';
import { Injectable } from '@nestjs/common';
import type { ConfirmDecision } from '../domain/confirm.js';
import type { Payment } from '../domain/payment.js';
import { NOTIFY_TOPIC, type NotifyPayload } from '../notify/payload.js';

export interface QueuedNotify {
  readonly birth: Birth;
  readonly payload: NotifyPayload;
}

/**
 * The writes of a confirm: one statement each, guarded by the version that was read. They return false where somebody
 * else was quicker, and have then done nothing.
 */
@Injectable()
export class ConfirmStatements {
  constructor(private readonly database: Database) {}

  /**
   * Status, journal, history, outbox message and the record of the attempt that is about to leave, together.
   * Fails on qr_payments_one_debit where somebody else paid the purchase meanwhile (R33), and on
   * ledger_accounts_no_overdraft where the money was spent meanwhile.
   */
  async debit(
    { payment, from, amount }: Extract<ConfirmDecision, { kind: 'debit' }>,
    notify: QueuedNotify,
  ): Promise<boolean> {
    const rows = await this.database.query<unknown[]>(DEBIT, [
      ...changeOf(payment),
      ...notifyOf(notify),
      from,
      SHARED_ACCOUNTS.IN_TRANSIT,
      amount.tiyn.toString(),
    ]);
    return rows.length === 1;
  }

  /** The status, and that the PS is to be told PROCESS_FAIL (R15). */
  async decline(payment: Payment, notify: QueuedNotify): Promise<boolean> {
    const rows = await this.database.query<unknown[]>(DECLINE, [...changeOf(payment), ...notifyOf(notify)]);
    return rows.length === 1;
  }

  async expire(payment: Payment): Promise<boolean> {
    const rows = await this.database.query<unknown[]>(EXPIRE, changeOf(payment));
    return rows.length === 1;
  }
}

// $1 to $9. The version expected is the one before the payment's new one.
function changeOf(payment: Payment): unknown[] {
  return [
    payment.id,
    payment.version,
    payment.status,
    payment.updatedAt,
    payment.notifyResult,
    payment.accountId,
    payment.debitedAt,
    payment.failure?.code ?? null,
    payment.failure?.kaspiResultCode ?? null,
  ];
}

// $10 to $16.
function notifyOf({ birth, payload }: QueuedNotify): unknown[] {
  return [
    birth.id,
    JSON.stringify(payload),
    birth.nextAttemptAt,
    birth.lease,
    NOTIFY_TOPIC,
    payload.requestId,
    masked(payload.body),
  ];
}

const CHANGED = `
  with changed as (
    update qr_payments set status = $3, version = $2, updated_at = $4, notify_result = $5, account_id = $6, debited_at = $7,
      failure_code = $8, kaspi_result_code = $9
    where id = $1 and version = $2::int - 1 and debited_at is null
    returning id),
  history as (
    insert into qr_payment_history (payment_id, version, status, reason, at)
    select id, $2::int, $3, $8, $4::timestamptz from changed)`;

// A message born with a lease leaves at once: its first attempt is on record in the same statement (R9).
const QUEUED = `
  queued as (
    select outbox_enqueue($10::uuid, $14, id::text, $11::json, $12::timestamptz, $13::uuid, null, $4::timestamptz) as message,
      case when $13::uuid is not null
        then kaspi_exchange_begin($15, 1, 'notifyPayment', id, $16, $4::timestamptz) end as attempt
    from changed)`;

/** What bench/confirm.ts runs under pgbench. */
export const DEBIT = `${CHANGED}, ${QUEUED},
  posted as (select ledger_post('PAYMENT', id::text, $17::uuid, $18::uuid, $19::bigint, $4::timestamptz) as entry from changed)
  select message, attempt, entry from queued, posted`;

const DECLINE = `${CHANGED}, ${QUEUED} select message, attempt from queued`;

const EXPIRE = `${CHANGED} select id from changed`;
