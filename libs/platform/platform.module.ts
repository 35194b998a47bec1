import { Settings } from '@mpp/config';
import { Clock, SystemClock } from '@mpp/kernel';
import { type DynamicModule, Global, Module } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import { TerminusModule } from '@nestjs/terminus';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { BackgroundWork } from './background-work/background-work.js';
import { ClockCheck } from './clock/clock-check.js';
import { DatabaseClock } from './clock/database-clock.js';
import { connectionOptions } from './database/connection.js';
import { Database } from './database/database.js';
import { DatabaseCheck } from './database/database-check.js';
import { Schema } from './database/migrator.js';
import { SnakeCaseNaming } from './database/naming.js';
import { PoolMetrics } from './database/pool-metrics.js';
import { REPORTS, ReportDatabase } from './database/report-database.js';
import { Health } from './health/health.js';
import { Downloads } from './http/downloads.js';
import { LoggingModule } from './logging/logging.module.js';
import { Metrics } from './metrics/metrics.js';
import { PartitionKeeper } from './partitions/partitions.js';
import { MonthlyTableEntity } from './persistence/monthly-table.entity.js';
import { SqlFileEntity } from './persistence/sql-file.entity.js';
import { Stopping } from './stopping/stopping.js';

export interface PlatformOptions {
  readonly settings: Settings;
  /** The schema that readiness expects of the database; by default an empty one. */
  readonly schema?: Schema;
  /** For tests, as is the other clock, with which it is compared. */
  readonly clock?: Clock;
  readonly databaseClock?: DatabaseClock;
}

@Global()
@Module({})
class SettingsModule {
  static with({ settings, schema, clock, databaseClock }: PlatformOptions): DynamicModule {
    const given = [
      { provide: Settings, useValue: settings },
      { provide: Clock, useValue: clock ?? new SystemClock() },
      { provide: DatabaseClock, useValue: databaseClock ?? new DatabaseClock() },
      { provide: Schema, useValue: schema ?? new Schema() },
    ];
    return { module: SettingsModule, providers: given, exports: [Settings, Clock, DatabaseClock, Schema] };
  }
}

/** What every feature uses, once per process: settings, clock, database, schedule, log, metrics, health. */
@Global()
@Module({})
export class PlatformModule {
  static with(options: PlatformOptions): DynamicModule {
    return {
      module: PlatformModule,
      imports: [
        SettingsModule.with(options),
        LoggingModule,
        ScheduleModule.forRoot(),
        TerminusModule.forRoot({ errorLogStyle: 'json', logger: false }),
        TypeOrmModule.forRoot({
          ...connectionOptions(options.settings.DATABASE_URL, {
            poolSize: options.settings.DATABASE_POOL_SIZE,
            timeoutMs: options.settings.DATABASE_TIMEOUT_MS,
            connectTimeoutMs: options.settings.DATABASE_CONNECT_TIMEOUT_MS,
          }),
          namingStrategy: new SnakeCaseNaming(),
          autoLoadEntities: true,
          retryAttempts: 1,
        }),
        TypeOrmModule.forRootAsync({
          name: REPORTS,
          inject: [DataSource],
          // The entities that the libs registered with the other one.
          useFactory: ({ options: { entities } }: DataSource) => ({
            ...connectionOptions(options.settings.DATABASE_URL, {
              poolSize: options.settings.DATABASE_REPORT_POOL_SIZE,
              timeoutMs: options.settings.DATABASE_TIMEOUT_MS,
              applicationName: 'mpp-server reports',
            }),
            namingStrategy: new SnakeCaseNaming(),
            entities: entities ?? [],
            retryAttempts: 1,
          }),
        }),
        TypeOrmModule.forFeature([MonthlyTableEntity, SqlFileEntity]),
      ],
      providers: [
        Database,
        ReportDatabase,
        DatabaseCheck,
        ClockCheck,
        Metrics,
        Health,
        BackgroundWork,
        PartitionKeeper,
        PoolMetrics,
        Downloads,
        Stopping,
      ],
      exports: [Database, ReportDatabase, ClockCheck, Metrics, Health, BackgroundWork, Downloads, Stopping],
    };
  }
}
