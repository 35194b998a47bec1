import { setTimeout as pause } from 'node:timers/promises';
import { AuditTrail } from '@mpp/access';
import { Settings } from '@mpp/config';
import { CallLog } from '@mpp/kaspi';
import { addMilliseconds, Clock, DomainError, type LocalisedText, type PaymentId } from '@mpp/kernel';
import { type LockedMessage, Outbox } from '@mpp/outbox';
import { Database, type Tx } from '@mpp/platform';
import { Injectable, Logger } from '@nestjs/common';
import { PaymentChanges } from '../changes/payment-changes.service.js';
import { NOTIFY_TOPIC } from '../domain/notify.js';
import type { Payment } from '../domain/payment.js';
import { decideByRegistry, decideResolve, type Resolution, type ResolveDecision } from '../domain/resolve.js';
import { PaymentsRepository } from '../persistence/payments.repository.js';
import { ForgottenReversals } from '../reversal/forgotten-reversals.service.js';

const PAUSE_MS = 50;
/** An attempt under way ends within its own time limit and usually this time for settling. */
const SETTLES_WITHIN_MS = 2000;

/** Settles payments in doubt, by an operator who inquired at Kaspi, or by a registry. Source: R12, R34. */
@Injectable()
export class Resolutions {
  private readonly log = new Logger('Payments');

  constructor(
    private readonly database: Database,
    private readonly payments: PaymentsRepository,
    private readonly outbox: Outbox,
    private readonly callLog: CallLog,
    private readonly changes: PaymentChanges,
    private readonly forgottenReversals: ForgottenReversals,
    private readonly audit: AuditTrail,
    private readonly clock: Clock,
    private readonly settings: Settings,
  ) {}

  /**
   * Settles a payment that is IN_DOUBT, once: status, money and audit entry together. A reversal closes the waiting notify, and
   * waits while an attempt is under way or its answer is not recorded yet (R36); after a confirmation the notify continues, for
   * the receipt. `alsoWrite` runs in the same transaction, once the payment is locked. Repeated without it, with the same outcome and
   * reason, by whomever, it does nothing. NOT_FOUND; STATE_CONFLICT if the payment is settled otherwise, if the attempt does not end, or
   * if the core may have given the debit back before a restore and it would be confirmed.
   */
  async resolve(
    id: PaymentId,
    outcome: Resolution,
    reason: string,
    operator: string,
    alsoWrite?: (tx: Tx) => Promise<void>,
  ): Promise<void> {
    const isRepeated = (await this.payments.findById(id))?.settledBy === 'OPERATOR';
    if (outcome === 'CONFIRMED' && !isRepeated && (await this.forgottenReversals.mayBeGivenBack(id)))
      throw new DomainError('STATE_CONFLICT', { detail: MAY_BE_GIVEN_BACK });
    const settled = await this.repeatWhileUnderWay(async (tx) => {
      const when = await this.settle(tx, id, outcome, reason, operator);
      if (when === 'now') await alsoWrite?.(tx);
      return when;
    });
    if (settled === 'now') return;
    if (alsoWrite !== undefined) throw new DomainError('STATE_CONFLICT');
    await this.requireRepeated(id, outcome, reason);
  }

  /**
   * Runs the transaction with the waiting notify of a debited payment closed, so that Kaspi is not told SUCCESS after the money is
   * given back. Waits while an attempt is under way or its answer is not recorded yet (R36): STATE_CONFLICT if that does not end.
   */
  async withoutNotify(id: PaymentId, work: (tx: Tx) => Promise<void>): Promise<void> {
    await this.repeatWhileUnderWay(async (tx) => {
      const message = await this.outbox.lockMessage(tx, NOTIFY_TOPIC, id);
      await work(tx);
      const payment = await this.lockPayment(tx, id);
      if (payment?.notifyResult === 'SUCCESS') await this.closeNotify(tx, id, message);
    });
  }

  private async repeatWhileUnderWay<T>(run: (tx: Tx) => Promise<T>): Promise<T> {
    const tries = Math.ceil((this.settings.KASPI_TIMEOUT_MS + SETTLES_WITHIN_MS) / PAUSE_MS);
    for (let n = 1; ; n++) {
      try {
        return await this.database.transaction(run);
      } catch (error) {
        if (!(error instanceof NotifyUnderWay) || n >= tries) throw error;
      }
      await pause(PAUSE_MS);
    }
  }

  /** Throws {@link NotifyUnderWay} while an attempt is under way, or its answer is not recorded. */
  private async closeNotify(tx: Tx, id: PaymentId, message: LockedMessage | null): Promise<void> {
    if (message?.inFlight === true || (await this.callLog.isNotifyUnderWay(tx, id, this.longAgo)))
      throw new NotifyUnderWay();
    if (message !== null) await this.outbox.closeMessage(tx, message.id);
  }

  /**
   * Confirms a payment in doubt, once, because a registry lists it with ДА. Returns false if it is no longer in doubt, or if the core
   * may have given the debit back before a restore. Its notify continues, for the receipt.
   */
  async confirmByRegistry(id: PaymentId, registryId: string): Promise<boolean> {
    if (await this.forgottenReversals.mayBeGivenBack(id)) return false;
    return this.database.transaction(async (tx) => {
      await this.outbox.lockMessage(tx, NOTIFY_TOPIC, id);
      const before = (await this.payments.lockPayments(tx, [id])).get(id);
      const decision = before === undefined ? null : decideByRegistry(before, this.clock.now());
      if (before === undefined || decision === null) return false;
      await this.writeResolution(tx, before, decision, `registry ${registryId}`);
      return true;
    });
  }

  /** The payment, which does not change until the transaction ends; null if there is none. */
  async lockPayment(tx: Tx, id: PaymentId): Promise<Payment | null> {
    return (await this.payments.lockPayments(tx, [id])).get(id) ?? null;
  }

  /** The message is locked before the payment, here and everywhere. */
  private async settle(
    tx: Tx,
    id: PaymentId,
    outcome: Resolution,
    reason: string,
    operator: string,
  ): Promise<'now' | 'before'> {
    const message = await this.outbox.lockMessage(tx, NOTIFY_TOPIC, id);
    const before = (await this.payments.lockPayments(tx, [id])).get(id);
    if (before === undefined) throw new DomainError('NOT_FOUND');
    const at = this.clock.now();
    if (before.settledBy === 'OPERATOR') return 'before';
    const decision = decideResolve(before, outcome, at);
    if (outcome === 'REVERSED') await this.closeNotify(tx, id, message);
    const payment = await this.writeResolution(tx, before, decision, 'an operator');
    const entry = {
      at,
      actor: operator,
      action: 'PAYMENT_RESOLVED' as const,
      subject: id,
      customerId: payment.customerId,
      reason,
    };
    await this.audit.recordAction(tx, { ...entry, details: { outcome } });
    return 'now';
  }

  /** STATE_CONFLICT unless the payment was settled by the same call, whose answer may have been lost. */
  private async requireRepeated(id: PaymentId, outcome: Resolution, reason: string): Promise<void> {
    const [entry] = await this.audit.listActions({ action: 'PAYMENT_RESOLVED', subject: id }, 1, null);
    const { outcome: earlier } = (entry?.details ?? {}) as { outcome?: Resolution };
    if (earlier !== outcome || entry?.reason !== reason) throw new DomainError('STATE_CONFLICT');
  }

  private async writeResolution(tx: Tx, before: Payment, decision: ResolveDecision, by: string): Promise<Payment> {
    const written = await this.changes.writeChanges(tx, [{ before, ...decision }]);
    const payment = written.get(before.id) ?? decision.payment;
    tx.afterCommit(() => this.log.warn(`${payment.id} IN_DOUBT → ${payment.status}: settled by ${by}`));
    return payment;
  }

  /** An attempt sent before this moment that has no outcome will never get one: its process died or lost the database. */
  private get longAgo(): Date {
    const { KASPI_TIMEOUT_MS, DATABASE_TIMEOUT_MS } = this.settings;
    return addMilliseconds(this.clock.now(), -(KASPI_TIMEOUT_MS + DATABASE_TIMEOUT_MS + SETTLES_WITHIN_MS));
  }
}

/** The transaction is repeated after a pause. */
class NotifyUnderWay extends DomainError {
  constructor() {
    super('STATE_CONFLICT', { detail: UNDER_WAY });
  }
}

const UNDER_WAY = {
  ru: 'Ответ Kaspi по этому платежу ещё не записан. Повторите через минуту.',
  kk: 'Kaspi-дің осы төлем бойынша жауабы әлі жазылмаған. Бір минуттан кейін қайталаңыз.',
};

const MAY_BE_GIVEN_BACK: LocalisedText = {
  ru: 'База была восстановлена, и АБС банка могла уже вернуть деньги клиенту: решите платёж как REVERSED, а покупку проведите как расхождение.',
  kk: 'Дерекқор қалпына келтірілген, банк жүйесі ақшаны клиентке қайтарған болуы мүмкін: төлемді REVERSED деп шешіп, сатып алуды айырмашылық ретінде өткізіңіз.',
};
