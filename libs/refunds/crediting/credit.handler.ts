import { Settings } from '@mpp/config';
import { CoreCredits, type CreditAttempt, Crediting } from '@mpp/crediting';
import { type Disposition, type FinishedAttempt, Outbox, type OutboxHandler, type OutboxMessage } from '@mpp/outbox';
import type { Tx } from '@mpp/platform';
import { Injectable } from '@nestjs/common';
import { RefundCredits } from './refund-credits.js';
import { CREDIT_TOPIC, type CreditPayload } from './topic.js';

/** The own ledger posts in the settling transaction, so its attempt does nothing. */
const LEDGER_ATTEMPT_MS = 1000;

type Attempt = FinishedAttempt<CreditPayload, CreditAttempt>;

/**
 * Credits each accepted refund once, the earliest deadline first. A refund whose customer has no account that takes money is
 * tried again for as long as it is in suspense. Source: R21.
 */
@Injectable()
export class CreditHandler implements OutboxHandler<CreditPayload, CreditAttempt> {
  readonly topic = CREDIT_TOPIC;

  constructor(
    settings: Settings,
    outbox: Outbox,
    private readonly refunds: RefundCredits,
    private readonly core: CoreCredits,
    private readonly crediting: Crediting,
  ) {
    outbox.register(this, {
      concurrency: settings.REFUND_CONCURRENCY,
      // At a core, two requests: the customer's accounts and the credit.
      attemptMs: LEDGER_ATTEMPT_MS + (core.enabled ? 2 * settings.CORE_BANKING_TIMEOUT_MS : 0),
      backoff: { baseMs: settings.REFUND_RETRY_BASE_MS, maxMs: settings.REFUND_RETRY_MAX_MS },
      deadlineFirst: true,
    });
  }

  async attempt({ key }: OutboxMessage<CreditPayload>): Promise<CreditAttempt> {
    return this.core.enabled ? this.core.attemptCredit(this.refunds, key) : { kind: 'own-ledger' };
  }

  settle(tx: Tx, attempts: readonly Attempt[]): Promise<Disposition[]> {
    return this.crediting.settle(tx, this.refunds, attempts);
  }
}
