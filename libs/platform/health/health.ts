import { Clock } from '@mpp/kernel';
import { Injectable, ServiceUnavailableException } from '@nestjs/common';
import {
  type HealthCheckResult,
  HealthCheckService,
  type HealthIndicatorResult,
  HealthIndicatorService,
} from '@nestjs/terminus';
import { DataSource } from 'typeorm';
import { readDatabaseTime } from '../database/database-time.js';
import { pendingSchema, Schema } from '../database/migrator.js';

const DATABASE_TIMEOUT_MS = 3000;

/** Readiness: the database answers and has all migrations of this build. */
@Injectable()
export class Health {
  constructor(
    private readonly checks: HealthCheckService,
    private readonly indicators: HealthIndicatorService,
    private readonly dataSource: DataSource,
    private readonly clock: Clock,
    private readonly schema: Schema,
  ) {}

  async ready(): Promise<{ ready: boolean; report: unknown }> {
    try {
      const report: HealthCheckResult = await this.checks.check([() => this.database(), () => this.migrations()]);
      return { ready: true, report };
    } catch (error) {
      if (!(error instanceof ServiceUnavailableException)) throw error;
      return { ready: false, report: error.getResponse() };
    }
  }

  /** Deadlines come from the process's clock; its difference from the database's clock is reported. */
  private async database(): Promise<HealthIndicatorResult> {
    const indicator = this.indicators.check('database');
    try {
      const databaseTime = await within(DATABASE_TIMEOUT_MS, readDatabaseTime(this.dataSource));
      return indicator.up({ clockSkewMs: databaseTime.getTime() - this.clock.now().getTime() });
    } catch {
      return indicator.down({ message: 'the database does not answer' });
    }
  }

  private async migrations(): Promise<HealthIndicatorResult> {
    const indicator = this.indicators.check('migrations');
    try {
      const pending = await within(DATABASE_TIMEOUT_MS, pendingSchema(this.dataSource, this.schema));
      return pending.length === 0 ? indicator.up() : indicator.down({ message: 'migrations are pending', pending });
    } catch {
      return indicator.down({ message: 'the database does not answer' });
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
