import { Settings } from '@mpp/config';
import { addMilliseconds, Clock } from '@mpp/kernel';
import { Metrics } from '@mpp/platform';
import { Injectable, Logger } from '@nestjs/common';
import type { KaspiMethod, KaspiOutcome } from '../domain/outcome.js';

/** The availability of the PS, as this process sees it. */
export interface KaspiHealthView {
  readonly state: 'UP' | 'AWAY';
  /** When the state changed; null if it has not changed since the start. */
  readonly since: Date | null;
  /** Consecutive calls without an answer; `questions` are scans and checkouts. */
  readonly failuresInARow: { readonly questions: number; readonly notifies: number };
  readonly lastAnswerAt: Date | null;
  readonly lastFailure: { readonly method: KaspiMethod; readonly at: Date; readonly reason: string } | null;
  /** While AWAY: when the next confirm is let through as a probe. */
  readonly nextProbeAt: Date | null;
}

/**
 * Whether the PS answers, derived from the calls of this process. While it is AWAY, {@link admitsDebit} refuses new debits. The
 * first answer to a notify ends this state; so does an answer to a scan or checkout if only those had failed, since
 * notifyPayment can be down alone. Scans, checkouts and the notifies of debited payments are never held back. The repeats of
 * notifies are the probes; if there are none for a while, one confirm is let through as a probe.
 */
@Injectable()
export class KaspiHealth {
  private readonly log = new Logger('Kaspi');
  private failedQueries = 0;
  private failedNotifies = 0;
  /** Attempts on stale connections since the last other one. */
  private staleQueries = 0;
  private staleNotifies = 0;
  private since: Date | null = null;
  private lastProbeAt: Date | null = null;
  private lastAnswerAt: Date | null = null;
  private lastFailure: KaspiHealthView['lastFailure'] = null;

  constructor(
    private readonly settings: Settings,
    private readonly clock: Clock,
    metrics: Metrics,
  ) {
    metrics.gauge('mpp_kaspi_away', '1 while this process sees Kaspi Pay as away and refuses new debits', () =>
      this.away ? 1 : 0,
    );
  }

  /** Must be called with the outcome of every attempt. */
  recordOutcome(method: KaspiMethod, outcome: KaspiOutcome<unknown>): void {
    const wasAway = this.away;
    if (outcome.kind === 'answered') this.recordAnswer(method);
    else if (!isIgnored(method, outcome)) this.recordFailure(method, outcome.reason, isStale(outcome));
    if (this.away === wasAway) return;
    this.since = this.clock.now();
    this.lastProbeAt = this.away ? this.since : null;
    if (this.away) this.log.error(`Kaspi Pay is away: ${outcome.kind}, new confirms are refused`);
    else this.log.log('Kaspi Pay answers again: confirms are accepted');
  }

  /** Whether a customer may be debited now: always while UP, and one at a time as a probe while AWAY. */
  admitsDebit(): boolean {
    if (!this.away) return true;
    const now = this.clock.now();
    const { lastProbeAt, nextProbeAt } = this;
    // If the clock was set back, a probe is due at once.
    if (lastProbeAt !== null && nextProbeAt !== null && now >= lastProbeAt && now < nextProbeAt) return false;
    this.lastProbeAt = now;
    this.log.log('Kaspi Pay is away: one confirm is let through as a probe');
    return true;
  }

  get view(): KaspiHealthView {
    return {
      state: this.away ? 'AWAY' : 'UP',
      since: this.since,
      failuresInARow: { questions: this.failedQueries, notifies: this.failedNotifies },
      lastAnswerAt: this.lastAnswerAt,
      lastFailure: this.lastFailure,
      nextProbeAt: this.nextProbeAt,
    };
  }

  private get away(): boolean {
    return Math.max(this.failedQueries, this.failedNotifies) >= this.settings.KASPI_AWAY_AFTER;
  }

  private get nextProbeAt(): Date | null {
    return this.lastProbeAt && addMilliseconds(this.lastProbeAt, this.settings.KASPI_PROBE_EVERY_MS);
  }

  private recordAnswer(method: KaspiMethod): void {
    this.lastAnswerAt = this.clock.now();
    this.failedQueries = 0;
    this.staleQueries = 0;
    this.staleNotifies = 0;
    if (method === 'notifyPayment') this.failedNotifies = 0;
  }

  /** A stale connection counts once an attempt on a new one has no answer either. */
  private recordFailure(method: KaspiMethod, reason: string, stale: boolean): void {
    const at = this.clock.now();
    this.lastFailure = { method, at, reason };
    if (method !== 'notifyPayment') {
      this.staleQueries++;
      if (stale) return;
      this.failedQueries += this.staleQueries;
      this.staleQueries = 0;
      return;
    }
    this.staleNotifies++;
    if (stale) return;
    this.failedNotifies += this.staleNotifies;
    this.staleNotifies = 0;
    // The repeat of a notify was the probe, so that no confirm is needed as one.
    if (this.lastProbeAt !== null) this.lastProbeAt = at;
  }
}

function isStale(outcome: KaspiOutcome<unknown>): boolean {
  return outcome.kind === 'unknown' && outcome.stale === true;
}

/**
 * A scan of an invalid QR can cause an error or an unreadable answer, and one customer could repeat it. Of scans and checkouts
 * only the absence of an answer counts, or HTTP 502 to 504 of a gateway.
 */
function isIgnored(method: KaspiMethod, outcome: KaspiOutcome<unknown>): boolean {
  if (method === 'notifyPayment' || outcome.kind !== 'unknown' || outcome.httpStatus === undefined) return false;
  return outcome.httpStatus < 502 || outcome.httpStatus > 504;
}
