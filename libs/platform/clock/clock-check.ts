import { Settings } from '@mpp/config';
import { Clock, DomainError } from '@mpp/kernel';
import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { Database } from '../database/database.js';
import type { DatabaseState } from '../database/database-state.js';
import { Metrics } from '../metrics/metrics.js';
import { type ClockReading, clockReading, describeSkew, provenSkewMs, skewMs } from './clock-reading.js';
import { DatabaseClock } from './database-clock.js';

/** Compares this process's two clocks; no statement. */
const LOOK_EVERY_MS = 1000;
/** While the clocks agree. While they do not, every look reads the database's clock. */
const READ_EVERY_MS = 10_000;
/** The clock was set, or the machine slept: more than drift and corrections by NTP without a step. */
const JUMP_MS = 500;
/** A caller waits no longer for a comparison. */
const READ_WITHIN_MS = 1000;

/**
 * Whether the clock of this process agrees with the database's within MAX_CLOCK_SKEW_MS (R42). The database's clock is read every
 * few seconds; in between its time is known by the monotonic clock, so that a jump of this process's clock is noticed at once and
 * no caller pays for a statement. Where the clocks disagree it is not known which is right: nothing that depends on time is decided.
 */
@Injectable()
export class ClockCheck implements OnModuleInit, OnModuleDestroy {
  private readonly log = new Logger('Clock');
  private readonly maxSkewMs: number;
  private timer: NodeJS.Timeout | null = null;
  private reading: ClockReading | null = null;
  private underWay: Promise<void> | null = null;
  /** As it was logged last. */
  private agreed = true;
  /** Our clock less the monotonic one, at the last look. */
  private lastSet: number;

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly databaseClock: DatabaseClock,
    settings: Settings,
    metrics: Metrics,
  ) {
    this.maxSkewMs = settings.MAX_CLOCK_SKEW_MS;
    this.lastSet = clock.now().getTime() - clock.monotonicMs();
    metrics.gauge('mpp_clock_skew_seconds', 'How far the clock of this process is ahead of the database’s', () =>
      this.skewMs === null ? Number.NaN : this.skewMs / 1000,
    );
  }

  async onModuleInit(): Promise<void> {
    await this.read().catch((error: Error) => this.log.warn(`the clocks are not compared yet: ${error.message}`));
    this.agrees();
    this.timer = setInterval(() => this.look(), LOOK_EVERY_MS).unref();
  }

  onModuleDestroy(): void {
    if (this.timer !== null) clearInterval(this.timer);
  }

  /** How far our clock is ahead of the database's; negative: behind; null before the first comparison. */
  get skewMs(): number | null {
    return this.reading && skewMs(this.reading, this.clock.now(), this.clock.monotonicMs());
  }

  /** False also before the first comparison. */
  agrees(): boolean {
    this.noticeJump();
    const { reading, skewMs: skew } = this;
    if (reading === null || skew === null) return false;
    const agrees = provenSkewMs(reading, skew) <= this.maxSkewMs;
    if (agrees !== this.agreed) this.logChange(agrees, skew);
    return agrees;
  }

  /** The time; null while the clocks disagree: then nothing is due, expired or late. */
  agreedNow(): Date | null {
    // Read first: a jump after this line makes the time no worse.
    const now = this.clock.now();
    return this.agrees() ? now : null;
  }

  /**
   * Throws SERVICE_UNAVAILABLE while the clocks disagree. It compares them once more before that: a machine that slept, or whose
   * clock was put right, is right again at once. Not for use in a transaction, because it may need a connection.
   */
  async requireAgreement(): Promise<void> {
    if (this.agrees()) return;
    await this.readOnce();
    if (!this.agrees()) throw new DomainError('SERVICE_UNAVAILABLE');
  }

  /** Reads the database's clock. A reading that is too slow to tell anything does not replace a better one. Rejects if the database is away. */
  async read(): Promise<DatabaseState> {
    const state = await this.database.readState(() => this.clock.monotonicMs());
    const reading = clockReading(this.databaseClock.timeOf(state.now), state.sentAtMs, state.answeredAtMs);
    const isUseful = this.reading === null || reading.uncertaintyMs * 2 <= this.maxSkewMs;
    if (isUseful && reading.takenAtMs >= (this.reading?.takenAtMs ?? 0)) this.reading = reading;
    return state;
  }

  private look(): void {
    const isOld = this.clock.monotonicMs() - (this.reading?.takenAtMs ?? 0) >= READ_EVERY_MS;
    if (!this.agrees() || isOld) void this.readOnce();
  }

  /** Resolves when the clock is read, or cannot be read in time. */
  private async readOnce(): Promise<void> {
    this.underWay ??= this.read()
      .then(
        () => void this.agrees(),
        () => undefined,
      )
      .finally(() => {
        this.underWay = null;
      });
    let timer: NodeJS.Timeout | undefined;
    const enough = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, READ_WITHIN_MS);
    });
    await Promise.race([this.underWay, enough]).finally(() => clearTimeout(timer));
  }

  private noticeJump(): void {
    const set = this.clock.now().getTime() - this.clock.monotonicMs();
    const jump = set - this.lastSet;
    this.lastSet = set;
    if (Math.abs(jump) < JUMP_MS) return;
    const direction = jump < 0 ? 'back' : 'ahead';
    this.log.warn(`the clock of this process jumped ${Math.abs(Math.round(jump))} ms ${direction}`);
  }

  private logChange(agrees: boolean, skew: number): void {
    this.agreed = agrees;
    if (agrees) this.log.log('the clock of this process agrees with the database’s again');
    else
      this.log.error(
        `the clock of this process is ${describeSkew(skew)} the database’s: confirms and refunds are refused, and no background work is done`,
      );
  }
}
