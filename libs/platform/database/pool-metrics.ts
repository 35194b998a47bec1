import { Injectable } from '@nestjs/common';
import { Metrics } from '../metrics/metrics.js';
import { Database, type DatabasePool, type PoolUse } from './database.js';
import { ReportDatabase } from './report-database.js';

/** How busy the connections of each pool are. */
@Injectable()
export class PoolMetrics {
  constructor(metrics: Metrics, database: Database, reports: ReportDatabase) {
    const pools: readonly DatabasePool[] = [database, reports];
    const measure = (name: string, help: string, of: keyof PoolUse) =>
      metrics.gaugeBy('pool', name, help, () => pools.map(({ name, use }) => [name, use[of]] as const));
    measure('mpp_pool_used', 'Database connections of this process in use', 'used');
    measure('mpp_pool_waiting', 'Requests and tasks of this process that wait for a database connection', 'waiting');
  }
}
