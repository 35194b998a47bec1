import { Clock } from '@mpp/kernel';
import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { BackgroundWork } from '../background-work/background-work.js';
import { Database } from '../database/database.js';
import { prepareMonths } from '../database/prepare-months.js';
import { MonthlyTableEntity } from '../persistence/monthly-table.entity.js';

const DAY_MS = 24 * 3_600_000;

/**
 * Creates the partitions of this and the next two months of every monthly table, at the start of the process and every day.
 * Rows of a month without a partition go into the default partition, so that no payment fails.
 */
@Injectable()
export class PartitionKeeper implements OnApplicationBootstrap {
  private readonly log = new Logger('Partitions');

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    background: BackgroundWork,
  ) {
    background.register({
      name: 'partitions',
      everyMs: DAY_MS,
      work: async () => {
        const failed = await this.prepareMonths();
        if (failed.length > 0) throw new Error(failed.join(', '));
      },
      log: this.log,
      fails: 'partitions are missing',
      worksAgain: 'every partition exists again',
    });
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.prepareMonths();
  }

  /**
   * Prepares one table after the other, each in a transaction of its own: a payment writes into several of them. Logs and
   * returns the tables that failed.
   */
  async prepareMonths(): Promise<string[]> {
    const failed: string[] = [];
    for (const table of await this.monthlyTables()) {
      try {
        await prepareMonths(this.database, table, this.clock.now());
      } catch (error) {
        this.log.error(`${table} has no new partitions, its default one takes the rows: ${(error as Error).message}`);
        failed.push(table);
      }
    }
    return failed;
  }

  private async monthlyTables(): Promise<string[]> {
    try {
      const tables = await this.database.manager.find(MonthlyTableEntity, { order: { name: 'ASC' } });
      return tables.map(({ name }) => name);
    } catch (error) {
      this.log.error(`no partitions were prepared, the default ones take the rows: ${(error as Error).message}`);
      return [];
    }
  }
}
