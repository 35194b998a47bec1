import { Clock } from '@mpp/kernel';
import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { Cron, CronExpression } from '@nestjs/schedule';
import { Database } from './database.js';

/**
 * Keeps the next months' partitions of every monthly table ready. A month without one is no loss: its rows go to the
 * default partition, so that a payment never fails for it.
 */
@Injectable()
export class PartitionKeeper implements OnApplicationBootstrap {
  private readonly log = new Logger('Partitions');

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.prepareMonths();
  }

  /** One table after the other, each in a transaction of its own: a payment writes into several of them. */
  @Cron(CronExpression.EVERY_DAY_AT_3AM, { waitForCompletion: true })
  async prepareMonths(): Promise<void> {
    for (const table of await this.monthlyTables()) {
      try {
        await this.database.query('select platform_prepare_months($1, $2)', [table, this.clock.now()]);
      } catch (error) {
        this.log.error(`${table} has no new partitions, its default one takes the rows: ${(error as Error).message}`);
      }
    }
  }

  private async monthlyTables(): Promise<string[]> {
    try {
      const rows = await this.database.query<{ name: string }[]>(
        'select name from platform_monthly_tables order by name',
      );
      return rows.map(({ name }) => name);
    } catch (error) {
      this.log.error(`no partitions were prepared, the default ones take the rows: ${(error as Error).message}`);
      return [];
    }
  }
}
