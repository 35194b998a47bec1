import { Alerts } from '@mpp/alerts';
import { Settings } from '@mpp/config';
import { Clock } from '@mpp/kernel';
import { Ledger } from '@mpp/ledger';
import { type Attempted, Outbox, type OutboxHandler, type Settled } from '@mpp/outbox';
import { Metrics, type Tx } from '@mpp/platform';
import { Injectable, Logger } from '@nestjs/common';
import { Histogram } from 'prom-client';
import { decideCredit } from '../domain/credit.js';
import type { Refund } from '../domain/refund.js';
import { RefundsRepository } from '../persistence/refunds.repository.js';
import { RefundEvents } from '../refund-events.js';
import { alertsOf, type Credited, entryOf } from './postings.js';
import { CREDIT_TOPIC, type CreditPayload } from './topic.js';

// It may be for ever: those who can be credited come first.
const NO_ACCOUNT = { kind: 'retry', error: 'the customer has no account that takes money', yields: true } as const;

/** The books are our own: what there is to do is done when it is settled. */
const ATTEMPT_MS = 1000;

/**
 * Keeps the promise of a SUCCESS: credits each refund once, however often it runs, those first whose hour ends first. One
 * whose customer has no account that takes money is tried for as long as it waits in suspense. Source: R21.
 */
@Injectable()
export class CreditHandler implements OutboxHandler<CreditPayload, void> {
  readonly topic = CREDIT_TOPIC;
  readonly attemptMs = ATTEMPT_MS;
  readonly deadlineFirst = true;
  readonly concurrency: number;
  readonly backoff: { baseMs: number; maxMs: number };
  private readonly log = new Logger('Refunds');
  private readonly seconds: Histogram;

  constructor(
    settings: Settings,
    outbox: Outbox,
    metrics: Metrics,
    private readonly refunds: RefundsRepository,
    private readonly ledger: Ledger,
    private readonly alerts: Alerts,
    private readonly events: RefundEvents,
    private readonly clock: Clock,
  ) {
    this.concurrency = settings.REFUND_CONCURRENCY;
    this.backoff = { baseMs: settings.REFUND_RETRY_BASE_MS, maxMs: settings.REFUND_RETRY_MAX_MS };
    this.seconds = new Histogram({
      name: 'mpp_refund_credit_seconds',
      help: 'From our SUCCESS until the refund is on the customer’s account',
      buckets: [0.05, 0.1, 0.5, 1, 5, 60, 600, 1800, 2880, 3600, 7200],
      registers: [metrics.registry],
    });
    outbox.register(this);
  }

  async begin(): Promise<void> {}

  async attempt(): Promise<void> {}

  async settle(tx: Tx, attempts: readonly Attempted<CreditPayload, void>[]): Promise<Settled> {
    const known = await this.refunds.lock(
      tx,
      attempts.map(({ message }) => message.key),
    );
    const refunds = attempts.map(({ message }) => {
      const refund = known.get(message.key);
      if (refund === undefined) throw new Error(`refund ${message.payload.refundId} does not exist`);
      return refund;
    });
    const decisions = await this.decide(tx, refunds);
    const changed = decisions.flatMap(({ decision }) => decision.refund ?? []);
    await this.ledger.post(tx, decisions.flatMap(entryOf));
    await this.refunds.write(tx, changed);
    const raised = await this.alerts.raise(tx, decisions.flatMap(alertsOf));
    await this.events.credited(
      tx,
      changed.filter(({ status }) => status === 'CREDITED'),
    );
    return {
      settlements: decisions.map(({ decision }) => (decision.credited ? { kind: 'done' } : NO_ACCOUNT)),
      afterCommit: () => {
        this.alerts.announce(raised);
        for (const refund of changed) this.report(refund);
      },
    };
  }

  private async decide(tx: Tx, refunds: readonly Refund[]): Promise<Credited[]> {
    const accounts = await this.ledger.receivingAccounts(
      tx,
      refunds.map(({ customerId, accountId }) => ({ customer: customerId, preferred: accountId })),
    );
    const now = this.clock.now();
    return refunds.map((before, index) => ({ before, decision: decideCredit(before, accounts[index] ?? null, now) }));
  }

  private report({ refundId, status, createdAt, creditedAt }: Refund): void {
    this.log.log(`refund ${refundId} ${status}`);
    if (creditedAt !== null) this.seconds.observe((creditedAt.getTime() - createdAt.getTime()) / 1000);
  }
}
