import { masked } from '@mpp/kaspi';
import type { AccountId } from '@mpp/kernel';
import { SHARED_ACCOUNTS } from '@mpp/ledger';
import type { Birth } from '@mpp/outbox';
import { Database } from '@mpp/platform';
import { Injectable } from '@nestjs/common';
import { NOTIFY_TOPIC, type NotifyPayload } from '../domain/notify.js';
import type { Payment } from '../domain/payment.js';

export interface QueuedNotify {
  readonly birth: Birth;
  readonly payload: NotifyPayload;
}

/** What is to be written: the payment as it was decided, one version on. */
export interface ConfirmWrite {
  readonly payment: Payment;
  /** What the PS is to be told, if anything. */
  readonly notify: QueuedNotify | null;
  /** The account that is debited, if any. */
  readonly from: AccountId | null;
}

/**
 * Writes what a confirm decided, in one statement: status, history, journal, outbox message and the record of the attempt
 * that is about to leave. False where the payment has changed since it was read; nothing was written then. Throws on
 * qr_payments_one_debit where somebody else paid the purchase meanwhile (R33), and on ledger_accounts_no_overdraft where
 * the money was spent meanwhile.
 */
@Injectable()
export class ConfirmStatement {
  constructor(private readonly database: Database) {}

  async write({ payment, notify, from }: ConfirmWrite): Promise<boolean> {
    const [row] = await this.database.query<{ written: boolean }[]>(CONFIRM, [
      payment.id,
      payment.version,
      payment.status,
      payment.updatedAt,
      payment.failure?.code ?? null,
      payment.notifyResult,
      notify?.birth.id ?? null,
      NOTIFY_TOPIC,
      notify && JSON.stringify(notify.payload),
      notify?.birth.nextAttemptAt ?? null,
      notify?.birth.lease ?? null,
      notify?.payload.requestId ?? null,
      notify && masked(notify.payload.body),
      from,
      SHARED_ACCOUNTS.IN_TRANSIT,
    ]);
    return row?.written === true;
  }
}

/** What bench/confirm.ts runs under pgbench. */
export const CONFIRM =
  'select qr_payments_confirm($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) as written';
