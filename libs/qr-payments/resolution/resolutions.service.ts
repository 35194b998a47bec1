import { setTimeout as pause } from 'node:timers/promises';
import { AuditTrail } from '@mpp/access';
import { Settings } from '@mpp/config';
import { Exchanges } from '@mpp/kaspi';
import { addMilliseconds, Clock, DomainError, type PaymentId } from '@mpp/kernel';
import { Ledger } from '@mpp/ledger';
import { Outbox } from '@mpp/outbox';
import { Database, type Tx } from '@mpp/platform';
import { Injectable, Logger } from '@nestjs/common';
import { Reversals } from '../reversal/reversal-requests.js';
import { NOTIFY_TOPIC } from '../domain/notify.js';
import type { Payment } from '../domain/payment.js';
import { decideByRegistry, decideResolve, type Resolution, type ResolveDecision } from '../domain/resolve.js';
import { PaymentEvents } from '../events/payment-events.js';
import { PaymentWatch } from '../watch/payment-watch.js';
import { PaymentsRepository } from '../persistence/payments.repository.js';
import { writeSettled } from '../persistence/settle.statement.js';
import { entryOf } from '../posting/payment-entry.js';

const LOOK_AGAIN_MS = 50;
/** An attempt that is in the air ends within its own time and, as a rule, this much for settling it. */
const SETTLES_WITHIN_MS = 2000;

/** Payments in doubt that people settle, having asked Kaspi, or a registry does. Source: R12, R34. */
@Injectable()
export class Resolutions {
  private readonly log = new Logger('Payments');

  constructor(
    private readonly database: Database,
    private readonly payments: PaymentsRepository,
    private readonly outbox: Outbox,
    private readonly exchanges: Exchanges,
    private readonly ledger: Ledger,
    private readonly reversals: Reversals,
    private readonly audit: AuditTrail,
    private readonly events: PaymentEvents,
    private readonly watch: PaymentWatch,
    private readonly clock: Clock,
    private readonly settings: Settings,
  ) {}

  /**
   * Settles a payment that is IN_DOUBT, once: status, money and the audit line together. A reversal closes the waiting
   * notify, and waits while an attempt of it is in the air or its answer is not written down yet (R36); a confirmation
   * leaves it to ask for its receipt. NOT_FOUND; STATE_CONFLICT where it is settled already, or the attempt does not end.
   */
  async resolve(id: PaymentId, outcome: Resolution, reason: string, operator: string): Promise<Payment> {
    const tries = Math.ceil((this.settings.KASPI_TIMEOUT_MS + SETTLES_WITHIN_MS) / LOOK_AGAIN_MS);
    for (let look = 0; look < tries; look++) {
      const settled = await this.database.transaction((tx) => this.settle(tx, id, outcome, reason, operator));
      if (settled !== 'in the air') return settled;
      await pause(LOOK_AGAIN_MS);
    }
    throw new DomainError('STATE_CONFLICT', { detail: IN_THE_AIR });
  }

  /**
   * "ДА" of a registry: the payment is CONFIRMED, once. False where it is in doubt no longer, and nothing changes. Its notify
   * goes on asking for the receipt.
   */
  async confirmByRegistry(id: PaymentId, registryId: string): Promise<boolean> {
    return this.database.transaction(async (tx) => {
      await this.outbox.lockMessage(tx, NOTIFY_TOPIC, id);
      const before = (await this.payments.lock(tx, [id])).get(id);
      const decision = before === undefined ? null : decideByRegistry(before, this.clock.now());
      if (before === undefined || decision === null) return false;
      await this.write(tx, before, decision, `registry ${registryId}`);
      return true;
    });
  }

  /** The message is locked before the payment, as everywhere. */
  private async settle(
    tx: Tx,
    id: PaymentId,
    outcome: Resolution,
    reason: string,
    operator: string,
  ): Promise<Payment | 'in the air'> {
    const message = await this.outbox.lockMessage(tx, NOTIFY_TOPIC, id);
    const before = (await this.payments.lock(tx, [id])).get(id);
    if (before === undefined) throw new DomainError('NOT_FOUND');
    const at = this.clock.now();
    const decision = decideResolve(before, outcome, at);
    const { payment } = decision;
    if (outcome === 'REVERSED') {
      if (message?.inFlight === true || (await this.exchanges.notifyInTheAir(tx, id, this.longAgo)))
        return 'in the air';
      if (message !== null) await this.outbox.closeMessage(tx, message.id);
    }
    await this.write(tx, before, decision, 'an operator');
    const entry = {
      at,
      actor: operator,
      action: 'PAYMENT_RESOLVED' as const,
      subject: id,
      customerId: payment.customerId,
      reason,
    };
    await this.audit.record(tx, { ...entry, details: { outcome } });
    return payment;
  }

  private async write(tx: Tx, before: Payment, { payment, posting }: ResolveDecision, by: string): Promise<void> {
    await writeSettled(tx, [{ before, payment }]);
    if (posting !== null) await this.ledger.post(tx, [entryOf(payment, posting)]);
    await this.reversals.ask(tx, [payment]);
    const view = { payment, receipt: null };
    await this.events.enqueue(tx, [view]);
    tx.afterCommit(() => {
      this.log.warn(`${payment.id} IN_DOUBT → ${payment.status}: settled by ${by}`);
      this.watch.changed([view]);
    });
  }

  /** What left before and has no end by now has none: its process is dead, or was cut off by the database. */
  private get longAgo(): Date {
    const { KASPI_TIMEOUT_MS, DATABASE_TIMEOUT_MS } = this.settings;
    return addMilliseconds(this.clock.now(), -(KASPI_TIMEOUT_MS + DATABASE_TIMEOUT_MS + SETTLES_WITHIN_MS));
  }
}

const IN_THE_AIR = {
  ru: 'Ответ Kaspi по этому платежу ещё не записан. Повторите через минуту.',
  kk: 'Kaspi-дің осы төлем бойынша жауабы әлі жазылмаған. Бір минуттан кейін қайталаңыз.',
};
