import { Settings } from '@mpp/config';
import { addMilliseconds, Clock } from '@mpp/kernel';
import { Metrics } from '@mpp/platform';
import { Injectable, Logger } from '@nestjs/common';
import type { KaspiMethod, KaspiOutcome } from './outcome.js';

/** How this process sees the PS. */
export interface KaspiHealthView {
  readonly state: 'UP' | 'AWAY';
  /** When it became so; null where it has been so since the start. */
  readonly since: Date | null;
  /** Calls in a row that brought no answer, per kind of call. */
  readonly failuresInARow: { readonly questions: number; readonly notifies: number };
  readonly lastAnswerAt: Date | null;
  readonly lastFailure: { readonly method: KaspiMethod; readonly at: Date; readonly reason: string } | null;
  /** While it is away: when the next confirm is let through to try. */
  readonly nextProbeAt: Date | null;
}

/**
 * Whether the PS answers, learnt from the calls themselves, per process. While it does not, a customer had better not be
 * debited: {@link admitsDebit} refuses. The first answer to a notify ends it, or to a scan where only scans had failed. Scans and checkouts are never held back,
 * nor are the notifies of debited payments: their repeats are the probes. Where there is none for a while, one confirm is
 * let through to try.
 *
 * An answer to a scan does not speak for notifyPayment, which may be down alone; an answer to a notify speaks for both.
 */
@Injectable()
export class KaspiHealth {
  private readonly log = new Logger('Kaspi');
  private queries = 0;
  private notifies = 0;
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

  /** Called with the outcome of every attempt. */
  heard(method: KaspiMethod, outcome: KaspiOutcome<unknown>): void {
    const wasAway = this.away;
    if (outcome.kind === 'answered') this.answered(method);
    else if (!isOddAnswer(method, outcome)) this.failed(method, outcome.reason);
    if (this.away === wasAway) return;
    this.since = this.clock.now();
    this.lastProbeAt = this.away ? this.since : null;
    if (this.away) this.log.error(`Kaspi Pay is away: ${outcome.kind}, new confirms are refused`);
    else this.log.log('Kaspi Pay answers again: confirms are taken');
  }

  /** Whether a customer may be debited now. While the PS is away: one of them now and then. */
  admitsDebit(): boolean {
    if (!this.away) return true;
    const now = this.clock.now();
    const { lastProbeAt, nextProbeAt } = this;
    // A clock that was set back must not make anybody wait for it to come round again.
    if (lastProbeAt !== null && nextProbeAt !== null && now >= lastProbeAt && now < nextProbeAt) return false;
    this.lastProbeAt = now;
    this.log.log('Kaspi Pay is away: one confirm is let through to try');
    return true;
  }

  get view(): KaspiHealthView {
    return {
      state: this.away ? 'AWAY' : 'UP',
      since: this.since,
      failuresInARow: { questions: this.queries, notifies: this.notifies },
      lastAnswerAt: this.lastAnswerAt,
      lastFailure: this.lastFailure,
      nextProbeAt: this.nextProbeAt,
    };
  }

  private get away(): boolean {
    return Math.max(this.queries, this.notifies) >= this.settings.KASPI_AWAY_AFTER;
  }

  private get nextProbeAt(): Date | null {
    return this.lastProbeAt && addMilliseconds(this.lastProbeAt, this.settings.KASPI_PROBE_EVERY_MS);
  }

  private answered(method: KaspiMethod): void {
    this.lastAnswerAt = this.clock.now();
    this.queries = 0;
    if (method === 'notifyPayment') this.notifies = 0;
  }

  private failed(method: KaspiMethod, reason: string): void {
    const at = this.clock.now();
    this.lastFailure = { method, at, reason };
    if (method !== 'notifyPayment') {
      this.queries++;
      return;
    }
    this.notifies++;
    // The repeat of a debit was the probe: no customer has to be one.
    if (this.lastProbeAt !== null) this.lastProbeAt = at;
  }
}

/**
 * A scan of an odd QR can bring an error, or an answer that cannot be read, and one customer could bring it about again
 * and again. Only silence counts, and a gateway that says that there is nobody behind it.
 */
function isOddAnswer(method: KaspiMethod, outcome: KaspiOutcome<unknown>): boolean {
  if (method === 'notifyPayment' || outcome.kind !== 'unknown' || outcome.httpStatus === undefined) return false;
  return outcome.httpStatus < 502 || outcome.httpStatus > 504;
}
