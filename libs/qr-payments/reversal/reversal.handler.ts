import { Alerts, type NewAlert } from '@mpp/alerts';
import { Settings } from '@mpp/config';
import { CoreCredits, type CreditAttempt, Crediting } from '@mpp/crediting';
import type { PaymentId } from '@mpp/kernel';
import { type Disposition, type FinishedAttempt, Outbox, type OutboxHandler, type OutboxMessage } from '@mpp/outbox';
import { Database, type Tx } from '@mpp/platform';
import { Injectable } from '@nestjs/common';
import { REVERSAL_TOPIC, type ReversalPayload } from '../changes/reversal-topic.js';
import { findPayment } from '../persistence/payment-search.js';
import { PaymentsRepository } from '../persistence/payments.repository.js';
import { LateDebits } from './late-debits.service.js';
import { ReversalCredits } from './reversal-credits.js';

interface ReversalAttempt {
  readonly credit: CreditAttempt;
  /** The core was asked for a debit that was unknown until now, and has made it. */
  readonly debited: boolean;
}

type Attempt = FinishedAttempt<ReversalPayload, ReversalAttempt>;

/** The own ledger posts in the settling transaction, so its attempt does nothing. */
const LEDGER_ATTEMPT_MS = 1000;

/**
 * Gives debits back that could not be given back at once, the earliest deadline first: at the external core, and from suspense.
 * A refusal of the core is alerted, and another account of the customer is tried. Source: R11, R16, R41.
 */
@Injectable()
export class ReversalHandler implements OutboxHandler<ReversalPayload, ReversalAttempt> {
  readonly topic = REVERSAL_TOPIC;

  constructor(
    settings: Settings,
    outbox: Outbox,
    private readonly reversals: ReversalCredits,
    private readonly debits: LateDebits,
    private readonly core: CoreCredits,
    private readonly crediting: Crediting,
    private readonly payments: PaymentsRepository,
    private readonly database: Database,
    private readonly alerts: Alerts,
  ) {
    outbox.register(this, {
      concurrency: settings.CORE_BANKING_CONCURRENCY,
      // At a core, three requests: the customer's accounts, the reversal and an inquiry about the debit.
      attemptMs: LEDGER_ATTEMPT_MS + (core.enabled ? 3 * settings.CORE_BANKING_TIMEOUT_MS : 0),
      backoff: { baseMs: settings.CORE_BANKING_RETRY_BASE_MS, maxMs: settings.CORE_BANKING_RETRY_MAX_MS },
      deadlineFirst: true,
    });
  }

  /** A debit is given back where it was made, whatever keeps the accounts now. */
  async attempt({ key }: OutboxMessage<ReversalPayload>): Promise<ReversalAttempt> {
    const payment = await findPayment(this.database, key as PaymentId);
    if (payment?.debitRequestedAt == null) return { credit: { kind: 'own-ledger' }, debited: false };
    const credit = await this.core.attemptCredit(this.reversals, key);
    return payment.debitedAt === null ? this.debits.inquire(payment, credit) : { credit, debited: false };
  }

  async settle(tx: Tx, attempts: readonly Attempt[]): Promise<Disposition[]> {
    const known = attempts.filter(({ result }) => result.debited).map(({ message }) => message.key as PaymentId);
    await this.debits.recordDebits(tx, known);
    const credits = attempts.map((attempt) => ({ ...attempt, result: attempt.result.credit }));
    const dispositions = await this.crediting.settle(tx, this.reversals, credits);
    await this.alerts.raiseAlerts(tx, await this.refusalAlerts(tx, attempts));
    return dispositions;
  }

  /** None for a late refusal of a payment that is already reversed. */
  private async refusalAlerts(tx: Tx, attempts: readonly Attempt[]): Promise<NewAlert[]> {
    const reasons = new Map(attempts.flatMap(refusalOf));
    const payments = await this.payments.lockPayments(tx, [...reasons.keys()]);
    return [...payments.values()].flatMap(({ id: subject, customerId, status }) => {
      if (status !== 'REVERSING') return [];
      return [{ kind: 'REVERSAL_REFUSED', subject, customerId, details: { reason: reasons.get(subject) } }];
    });
  }
}

function refusalOf({ message, result: { credit } }: Attempt): [PaymentId, string][] {
  if (credit.kind !== 'requested' || credit.answer.kind !== 'refused') return [];
  return [[message.key as PaymentId, credit.answer.reason]];
}
