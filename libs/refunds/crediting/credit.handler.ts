import { Settings } from '@mpp/config';
import { type AnsweredOperation, CoreOperations } from '@mpp/core-banking';
import { type AccountId, Clock } from '@mpp/kernel';
import { Ledger } from '@mpp/ledger';
import { type Disposition, type FinishedAttempt, Outbox, type OutboxHandler, type OutboxMessage } from '@mpp/outbox';
import { Metrics, type Tx } from '@mpp/platform';
import { Injectable, Logger } from '@nestjs/common';
import { Histogram } from 'prom-client';
import { type CreditDecision, decideCredit } from '../domain/credit.js';
import type { Refund } from '../domain/refund.js';
import { RefundsRepository } from '../persistence/refunds.repository.js';
import { CoreCredits, type CreditAttempt } from './core-credits.service.js';
import { CreditWriter } from './credit-writer.js';
import { CREDIT_TOPIC, type CreditPayload } from './topic.js';

/** This may never change: the message yields to refunds that can be credited. */
const NO_ACCOUNT = { kind: 'retry', error: 'the customer has no account that takes money', yields: true } as const;

/** The own ledger posts in the settling transaction, so its attempt does nothing. */
const LEDGER_ATTEMPT_MS = 1000;

type Attempt = FinishedAttempt<CreditPayload, CreditAttempt>;

interface CreditedAttempt {
  readonly before: Refund;
  readonly attempt: CreditAttempt;
  /** Null while the outcome at the core is unknown. */
  readonly decision: CreditDecision | null;
}

/**
 * Credits each accepted refund once, the earliest deadline first. A refund whose customer has no account that takes money is
 * tried again for as long as it is in suspense. Source: R21.
 */
@Injectable()
export class CreditHandler implements OutboxHandler<CreditPayload, CreditAttempt> {
  readonly topic = CREDIT_TOPIC;
  private readonly log = new Logger('Refunds');
  private readonly seconds: Histogram;

  constructor(
    settings: Settings,
    outbox: Outbox,
    metrics: Metrics,
    private readonly refunds: RefundsRepository,
    private readonly core: CoreCredits,
    private readonly operations: CoreOperations,
    private readonly ledger: Ledger,
    private readonly credits: CreditWriter,
    private readonly clock: Clock,
  ) {
    this.seconds = new Histogram({
      name: 'mpp_refund_credit_seconds',
      help: 'From our SUCCESS until the refund is on the customer’s account',
      buckets: [0.05, 0.1, 0.5, 1, 5, 60, 600, 1800, 2880, 3600, 7200],
      registers: [metrics.registry],
    });
    outbox.register(this, {
      concurrency: settings.REFUND_CONCURRENCY,
      // At a core, two requests: the customer's accounts and the credit.
      attemptMs: LEDGER_ATTEMPT_MS + (core.enabled ? 2 * settings.CORE_BANKING_TIMEOUT_MS : 0),
      backoff: { baseMs: settings.REFUND_RETRY_BASE_MS, maxMs: settings.REFUND_RETRY_MAX_MS },
      deadlineFirst: true,
    });
  }

  async attempt({ key }: OutboxMessage<CreditPayload>): Promise<CreditAttempt> {
    return this.core.attemptCredit(key);
  }

  async settle(tx: Tx, attempts: readonly Attempt[]): Promise<Disposition[]> {
    const locked = await this.refunds.lockRefunds(
      tx,
      attempts.map(({ message }) => message.key),
    );
    const refunds = attempts.map(({ message }) => {
      const refund = locked.get(message.key);
      if (refund === undefined) throw new Error(`refund ${message.payload.refundId} does not exist`);
      return refund;
    });
    await this.operations.recordAnswers(tx, attempts.flatMap(coreAnswers));
    const credited = await this.decideAll(tx, refunds, attempts);
    const changed = await this.credits.writeCredits(
      tx,
      credited.flatMap(({ before, decision }) => (decision === null ? [] : { before, decision })),
    );
    tx.afterCommit(() => {
      for (const refund of changed) this.report(refund);
    });
    const now = this.clock.now();
    return credited.map((each) => dispositionOf(each, now));
  }

  private async decideAll(
    tx: Tx,
    refunds: readonly Refund[],
    attempts: readonly Attempt[],
  ): Promise<CreditedAttempt[]> {
    const inLedger = refunds.filter((_, index) => attempts[index]?.result.kind === 'own-ledger');
    // A core that is no longer configured may have credited a refund: the ledger does not credit it too.
    const atCore = await this.operations.findPossiblyCreditedRefunds(
      tx,
      inLedger.map(({ id }) => id),
    );
    const own = inLedger.filter(({ id }) => !atCore.has(id));
    const accounts = await this.ledger.lockReceivingAccounts(
      tx,
      own.map(({ customerId, accountId }) => ({ customer: customerId, preferred: accountId })),
    );
    const ownAccount = new Map(own.map(({ id }, index) => [id, accounts[index] ?? null]));
    const now = this.clock.now();
    return refunds.map((before, index) => {
      const attempt = (attempts[index] as Attempt).result;
      const account = attempt.kind === 'own-ledger' ? ownAccount.get(before.id) : accountAtCore(attempt);
      const known = account !== undefined || before.status === 'CREDITED';
      return { before, attempt, decision: known ? decideCredit(before, account ?? null, now) : null };
    });
  }

  private report({ refundId, status, createdAt, creditedAt }: Refund): void {
    this.log.log(`refund ${refundId} ${status}`);
    if (creditedAt !== null) this.seconds.observe((creditedAt.getTime() - createdAt.getTime()) / 1000);
  }
}

/** The account that the core credited; null if none takes money, undefined while the outcome is unknown. */
function accountAtCore(attempt: Exclude<CreditAttempt, { kind: 'own-ledger' }>): AccountId | null | undefined {
  if (attempt.kind === 'no-account') return null;
  if (attempt.kind === 'not-requested') return undefined;
  if (attempt.answer.kind === 'done') return attempt.movement.accountId;
  // Another account may take the money, until every account has refused once: then one refuses for the second time.
  return attempt.answer.kind === 'refused' && attempt.refusedBefore ? null : undefined;
}

function coreAnswers({ result }: Attempt): AnsweredOperation[] {
  if (result.kind !== 'requested' || result.answer.kind === 'unknown') return [];
  return [{ operationId: result.movement.operationId, answer: result.answer }];
}

function dispositionOf({ attempt, decision }: CreditedAttempt, now: Date): Disposition {
  if (decision !== null) return decision.credited ? { kind: 'done' } : NO_ACCOUNT;
  if (attempt.kind === 'requested' && attempt.answer.kind === 'refused') {
    return { kind: 'retry', error: attempt.answer.reason, by: now };
  }
  return { kind: 'retry', error: unknownReason(attempt) };
}

function unknownReason(attempt: CreditAttempt): string {
  if (attempt.kind === 'not-requested') return attempt.reason;
  if (attempt.kind === 'own-ledger') return 'a core that is no longer configured may have credited it';
  return attempt.kind === 'requested' && attempt.answer.kind === 'unknown' ? attempt.answer.reason : 'no answer';
}
