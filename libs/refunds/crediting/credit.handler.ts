import { Alerts } from '@mpp/alerts';
import { Settings } from '@mpp/config';
import { type Answered, CoreRecord } from '@mpp/core-banking';
import { type AccountId, Clock } from '@mpp/kernel';
import { Ledger } from '@mpp/ledger';
import { type Disposition, type FinishedAttempt, Outbox, type OutboxHandler, type OutboxMessage } from '@mpp/outbox';
import { Metrics, type Tx } from '@mpp/platform';
import { Injectable, Logger } from '@nestjs/common';
import { Histogram } from 'prom-client';
import { type CreditDecision, decideCredit } from '../domain/credit.js';
import type { Refund } from '../domain/refund.js';
import { RefundsRepository } from '../persistence/refunds.repository.js';
import { RefundEvents } from '../refund-events.js';
import { CoreCredits, type CreditAttempt } from './core-credits.service.js';
import { alertsOf, entryOf } from './postings.js';
import { CREDIT_TOPIC, type CreditPayload } from './topic.js';

// It may be for ever: those who can be credited come first.
const NO_ACCOUNT = { kind: 'retry', error: 'the customer has no account that takes money', yields: true } as const;

/** With books of our own there is nothing to wait for: what there is to do is done when it is settled. */
const OWN_ATTEMPT_MS = 1000;

type Attempt = FinishedAttempt<CreditPayload, CreditAttempt>;

interface Decided {
  readonly before: Refund;
  readonly attempt: CreditAttempt;
  /** Null where the core has not said yet. */
  readonly decision: CreditDecision | null;
}

/**
 * Keeps the promise of a SUCCESS: credits each refund once, however often it runs, those first whose hour ends first. One
 * whose customer has no account that takes money is tried for as long as it waits in suspense. Source: R21.
 */
@Injectable()
export class CreditHandler implements OutboxHandler<CreditPayload, CreditAttempt> {
  readonly topic = CREDIT_TOPIC;
  readonly deadlineFirst = true;
  readonly concurrency: number;
  readonly attemptMs: number;
  readonly backoff: { baseMs: number; maxMs: number };
  private readonly log = new Logger('Refunds');
  private readonly seconds: Histogram;

  constructor(
    settings: Settings,
    outbox: Outbox,
    metrics: Metrics,
    private readonly refunds: RefundsRepository,
    private readonly core: CoreCredits,
    private readonly record: CoreRecord,
    private readonly ledger: Ledger,
    private readonly alerts: Alerts,
    private readonly events: RefundEvents,
    private readonly clock: Clock,
  ) {
    this.concurrency = settings.REFUND_CONCURRENCY;
    // Its accounts, and the credit.
    this.attemptMs = core.external ? 2 * settings.CORE_BANKING_TIMEOUT_MS + OWN_ATTEMPT_MS : OWN_ATTEMPT_MS;
    this.backoff = { baseMs: settings.REFUND_RETRY_BASE_MS, maxMs: settings.REFUND_RETRY_MAX_MS };
    this.seconds = new Histogram({
      name: 'mpp_refund_credit_seconds',
      help: 'From our SUCCESS until the refund is on the customer’s account',
      buckets: [0.05, 0.1, 0.5, 1, 5, 60, 600, 1800, 2880, 3600, 7200],
      registers: [metrics.registry],
    });
    outbox.register(this);
  }

  async attempt({ key }: OutboxMessage<CreditPayload>): Promise<CreditAttempt> {
    return this.core.attempt(key);
  }

  async settle(tx: Tx, attempts: readonly Attempt[]): Promise<Disposition[]> {
    const known = await this.refunds.lock(
      tx,
      attempts.map(({ message }) => message.key),
    );
    const refunds = attempts.map(({ message }) => {
      const refund = known.get(message.key);
      if (refund === undefined) throw new Error(`refund ${message.payload.refundId} does not exist`);
      return refund;
    });
    await this.record.answer(tx, attempts.flatMap(answeredOf));
    const decisions = await this.decide(tx, refunds, attempts);
    const decided = decisions.flatMap(({ before, decision }) => (decision === null ? [] : { before, decision }));
    const changed = decided.flatMap(({ decision }) => decision.refund ?? []);
    await this.ledger.post(tx, decided.flatMap(entryOf));
    await this.refunds.write(tx, changed);
    await this.alerts.raise(tx, decided.flatMap(alertsOf));
    await this.events.credited(
      tx,
      changed.filter(({ status }) => status === 'CREDITED'),
    );
    tx.afterCommit(() => {
      for (const refund of changed) this.report(refund);
    });
    const now = this.clock.now();
    return decisions.map((each) => dispositionOf(each, now));
  }

  private async decide(tx: Tx, refunds: readonly Refund[], attempts: readonly Attempt[]): Promise<Decided[]> {
    const posted = refunds.filter((_, index) => attempts[index]?.result.kind === 'to-be-posted');
    // A core that was given up may have credited one before: it is not credited here too.
    const elsewhere = await this.record.maybeCredited(
      tx,
      posted.map(({ id }) => id),
    );
    const own = posted.filter(({ id }) => !elsewhere.has(id));
    const accounts = await this.ledger.receivingAccounts(
      tx,
      own.map(({ customerId, accountId }) => ({ customer: customerId, preferred: accountId })),
    );
    const ownAccount = new Map(own.map(({ id }, index) => [id, accounts[index] ?? null]));
    const now = this.clock.now();
    return refunds.map((before, index) => {
      const attempt = (attempts[index] as Attempt).result;
      const account = attempt.kind === 'to-be-posted' ? ownAccount.get(before.id) : accountAtCore(attempt);
      const known = account !== undefined || before.status === 'CREDITED';
      return { before, attempt, decision: known ? decideCredit(before, account ?? null, now) : null };
    });
  }

  private report({ refundId, status, createdAt, creditedAt }: Refund): void {
    this.log.log(`refund ${refundId} ${status}`);
    if (creditedAt !== null) this.seconds.observe((creditedAt.getTime() - createdAt.getTime()) / 1000);
  }
}

/** What the core has credited; null where it has no account that takes money, undefined where it is not known yet. */
function accountAtCore(attempt: Exclude<CreditAttempt, { kind: 'to-be-posted' }>): AccountId | null | undefined {
  if (attempt.kind === 'no-account') return null;
  if (attempt.kind === 'not-asked') return undefined;
  if (attempt.answer.kind === 'done') return attempt.movement.accountId;
  // Another account may take it. Once one has refused twice, all have had their turn.
  return attempt.answer.kind === 'refused' && attempt.refusedBefore ? null : undefined;
}

function answeredOf({ result }: Attempt): Answered[] {
  if (result.kind !== 'asked' || result.answer.kind === 'unknown') return [];
  return [{ operationId: result.movement.operationId, answer: result.answer }];
}

function dispositionOf({ attempt, decision }: Decided, now: Date): Disposition {
  if (decision !== null) return decision.credited ? { kind: 'done' } : NO_ACCOUNT;
  if (attempt.kind === 'asked' && attempt.answer.kind === 'refused') {
    return { kind: 'retry', error: attempt.answer.reason, by: now };
  }
  return { kind: 'retry', error: unknownReason(attempt) };
}

function unknownReason(attempt: CreditAttempt): string {
  if (attempt.kind === 'not-asked') return attempt.reason;
  if (attempt.kind === 'to-be-posted') return 'a core that is in use no more may have credited it';
  return attempt.kind === 'asked' && attempt.answer.kind === 'unknown' ? attempt.answer.reason : 'no answer';
}
