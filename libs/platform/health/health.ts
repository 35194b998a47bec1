import { Injectable, ServiceUnavailableException } from '@nestjs/common';
import {
  type HealthCheckResult,
  HealthCheckService,
  type HealthIndicatorResult,
  HealthIndicatorService,
} from '@nestjs/terminus';
import { DataSource } from 'typeorm';
import { ClockCheck } from '../clock/clock-check.js';
import { describeSkew } from '../clock/clock-reading.js';
import { DatabaseCheck } from '../database/database-check.js';
import type { DatabaseState } from '../database/database-state.js';
import { pendingSchema, Schema } from '../database/migrator.js';
import { Stopping } from '../stopping/stopping.js';

const DATABASE_TIMEOUT_MS = 3000;
const NO_ANSWER = 'the database does not answer';

/**
 * Readiness: the process is not told to stop, the database answers, accepts writes, meets what the start requires and has all migrations of this build,
 * and the clocks agree.
 */
@Injectable()
export class Health {
  constructor(
    private readonly checks: HealthCheckService,
    private readonly indicators: HealthIndicatorService,
    private readonly dataSource: DataSource,
    private readonly clocks: ClockCheck,
    private readonly requirements: DatabaseCheck,
    private readonly schema: Schema,
    private readonly stopping: Stopping,
  ) {}

  async ready(): Promise<{ ready: boolean; report: unknown }> {
    try {
      const state = await within(DATABASE_TIMEOUT_MS, this.clocks.read()).catch(() => null);
      const report: HealthCheckResult = await this.checks.check([
        () => this.process(),
        () => this.database(state),
        () => this.clock(),
        () => this.migrations(),
      ]);
      return { ready: true, report };
    } catch (error) {
      if (!(error instanceof ServiceUnavailableException)) throw error;
      return { ready: false, report: error.getResponse() };
    }
  }

  private async process(): Promise<HealthIndicatorResult> {
    const indicator = this.indicators.check('process');
    return this.stopping.begun ? indicator.down({ message: 'the server stops' }) : indicator.up();
  }

  private async database(state: DatabaseState | null): Promise<HealthIndicatorResult> {
    const indicator = this.indicators.check('database');
    if (state === null) return indicator.down({ message: NO_ANSWER });
    if (state.readOnly) return indicator.down({ message: 'the database accepts no writes' });
    const problem = await within(DATABASE_TIMEOUT_MS, this.requirements.problem(state)).catch(() => NO_ANSWER);
    if (problem !== null) return indicator.down({ message: problem });
    const { skewMs } = this.clocks;
    return indicator.up({ clockSkewMs: skewMs === null ? null : Math.round(-skewMs) });
  }

  /** Deadlines come from the process's clock, which must agree with the database's (R42). */
  private async clock(): Promise<HealthIndicatorResult> {
    const indicator = this.indicators.check('clock');
    if (this.clocks.agrees()) return indicator.up();
    const { skewMs } = this.clocks;
    if (skewMs === null) return indicator.down({ message: 'the clock is not compared with the database’s yet' });
    return indicator.down({ message: `the clock is ${describeSkew(skewMs)} the database’s` });
  }

  private async migrations(): Promise<HealthIndicatorResult> {
    const indicator = this.indicators.check('migrations');
    try {
      const pending = await within(DATABASE_TIMEOUT_MS, pendingSchema(this.dataSource, this.schema));
      return pending.length === 0 ? indicator.up() : indicator.down({ message: 'migrations are pending', pending });
    } catch {
      return indicator.down({ message: NO_ANSWER });
    }
  }
}

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('timeout')), ms);
  });
  return Promise.race([work, timeout]).finally(() => clearTimeout(timer));
}
