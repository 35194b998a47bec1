import { Alerts, type NewAlert } from '@mpp/alerts';
import type { CreditPosting, CreditSource, DecidedCredit } from '@mpp/crediting';
import { Ledger, type NewEntry, SHARED_ACCOUNTS } from '@mpp/ledger';
import { Metrics, type Tx } from '@mpp/platform';
import { Injectable, Logger } from '@nestjs/common';
import { Histogram } from 'prom-client';
import { creditedRefund, type Refund } from '../domain/refund.js';
import { RefundsRepository } from '../persistence/refunds.repository.js';
import { RefundEvents } from '../refund-events.js';
import { CREDIT_TOPIC } from './topic.js';

/** Refunds as money that is owed to customers. */
@Injectable()
export class RefundCredits implements CreditSource<Refund> {
  readonly debt = 'REFUND';
  readonly topic = CREDIT_TOPIC;
  private readonly log = new Logger('Refunds');
  private readonly seconds: Histogram;

  constructor(
    metrics: Metrics,
    private readonly refunds: RefundsRepository,
    private readonly ledger: Ledger,
    private readonly alerts: Alerts,
    private readonly events: RefundEvents,
  ) {
    this.seconds = new Histogram({
      name: 'mpp_refund_credit_seconds',
      help: 'From our SUCCESS until the refund is on the customer’s account',
      buckets: [0.05, 0.1, 0.5, 1, 5, 60, 600, 1800, 2880, 3600, 7200],
      registers: [metrics.registry],
    });
  }

  readOwed(id: string): Promise<Refund> {
    return this.refunds.readRefund(id);
  }

  lockOwed(tx: Tx, ids: readonly string[]): Promise<ReadonlyMap<string, Refund>> {
    return this.refunds.lockRefunds(tx, ids);
  }

  orderOf({ refundId: reference }: Refund) {
    return { reference, description: 'Kaspi QR: возврат', debitId: null };
  }

  async writeCredits(tx: Tx, credits: readonly DecidedCredit<Refund>[]): Promise<void> {
    const changed = credits.flatMap(({ before, decision: { change } }) =>
      change === null ? [] : creditedRefund(before, change),
    );
    await this.ledger.postEntries(tx, credits.flatMap(creditEntries));
    await this.refunds.saveCrediting(tx, changed);
    await this.alerts.raiseAlerts(tx, credits.flatMap(creditAlerts));
    await this.events.enqueueCredited(
      tx,
      changed.filter(({ status }) => status === 'CREDITED'),
    );
    tx.afterCommit(() => {
      for (const refund of changed) this.report(refund);
    });
  }

  private report({ refundId, status, createdAt, creditedAt }: Refund): void {
    this.log.log(`refund ${refundId} ${status}`);
    if (creditedAt !== null) this.seconds.observe((creditedAt.getTime() - createdAt.getTime()) / 1000);
  }
}

function creditEntries({ before, decision: { change, posting } }: DecidedCredit<Refund>): NewEntry[] {
  if (change === null || posting === null) return [];
  return [
    { reference: before.id, amount: before.amount, ...accountsOf(posting, before.refundId, change.creditedAccountId) },
  ];
}

function accountsOf(posting: CreditPosting, refundId: string, account: Refund['creditedAccountId']) {
  const { RECEIVABLE_FROM_KASPI, REFUNDS_IN_SUSPENSE } = SHARED_ACCOUNTS;
  if (posting === 'SUSPEND') {
    return { purpose: 'REFUND', debit: RECEIVABLE_FROM_KASPI, credit: REFUNDS_IN_SUSPENSE } as const;
  }
  if (account === null) throw new Error(`refund ${refundId} is credited to no account`);
  return posting === 'CREDIT'
    ? ({ purpose: 'REFUND', debit: RECEIVABLE_FROM_KASPI, credit: account } as const)
    : ({ purpose: 'REFUND_RELEASE', debit: REFUNDS_IN_SUSPENSE, credit: account } as const);
}

function creditAlerts({ before, decision }: DecidedCredit<Refund>): NewAlert[] {
  const { refundId: subject, customerId, paymentId } = before;
  return decision.alerts.map((kind) => ({ kind, subject, customerId, details: { paymentId } }));
}
