export { type BackgroundTask, BackgroundWork } from './background-work/background-work.js';
export { ClockCheck } from './clock/clock-check.js';
export { compareClocks } from './clock/compare-clocks.js';
export { DatabaseClock } from './clock/database-clock.js';
export { ADVISORY_LOCKS } from './database/advisory-locks.js';
export { almatyDate, almatyMidnight, almatyWallClockSql } from './database/almaty.sql.js';
export { bigintColumn, moneyColumn } from './database/column-values.js';
export type { CommitHooks } from './database/commit-hooks.js';
export { connectionOptions } from './database/connection.js';
export { Database, type DatabasePool, type Queryable, type Tx, type Write } from './database/database.js';
export { hydrate } from './database/hydrate.js';
export { applySchema, type MigrationClass, Schema } from './database/migrator.js';
export { newestFirst, newestIdFirst, type Position, selectWhere } from './database/newest-first.js';
export {
  describeTemporary,
  isDatabaseAway,
  isForbidden,
  isTemporary,
  violatedConstraint,
} from './database/postgres-error.js';
export { ReportDatabase, type Snapshot } from './database/report-database.js';
export {
  type AnsweringDatabase,
  type Examined,
  examineDatabase,
  requireDatabase,
  requireDurability,
} from './database/require-database.js';
export { DURABILITY, FOR_READING, type Requirement, WRITES } from './database/requirements.js';
export type { TableRight, TableRights } from './database/rights.js';
export {
  admits,
  allApplied,
  holdsNoMore,
  holdsRights,
  ownsTables,
  upgradable,
} from './database/schema-requirements.js';
export { readSqlFiles } from './database/sql-files.js';
export { callOf, rowsOf } from './database/sql-function.js';
export { type DatabaseSetting, DatabaseUnusable, Unfit } from './database/unusable.js';
export { inTemporaryFile, inTemporaryFolder, removeLeftovers } from './files/temporary.js';
export { HealthController } from './health/health.controller.js';
export { Health } from './health/health.js';
export { IsAmount } from './http/amount.js';
export { BodyDate, BodyReason, BodyText } from './http/body-fields.js';
export { dayIn, dayInPath, IsBusinessDay, monthIn } from './http/business-day.js';
export { requireDistinctItems } from './http/distinct-items.js';
export { type DownloadedFile, Downloads, ServesFile } from './http/downloads.js';
export {
  attemptHttp,
  closeConnections,
  type HttpResult,
  type KeptConnections,
  keepConnections,
} from './http/http-attempt.js';
export { IsInstant, instantOf, momentOf, requireOrder } from './http/instant.js';
export { createListener, type ListenerOptions } from './http/listener.js';
export { CallerLocale } from './http/locale.js';
export { decodeCursor, type Page, PageQuery, PageType, pageOf, unknownCursor } from './http/page.js';
export { pemOf, usable } from './http/pem.js';
export { pick } from './http/pick.js';
export { ApiProblems } from './http/problem.dto.js';
export { PROBLEMS, type Problem } from './http/problems.js';
export { FilterFlag, FilterInstant, FilterOneOf, FilterText } from './http/query-fields.js';
export { ApiMoment, ApiNullable } from './http/response-fields.js';
export { IsSearchText } from './http/text.js';
export { TakesFile, type Upload, withUpload } from './http/upload.js';
export { derivedId } from './ids/derived-id.js';
export { LoggingModule } from './logging/logging.module.js';
export { MetricsController } from './metrics/metrics.controller.js';
export { Metrics } from './metrics/metrics.js';
export { PlatformModule, type PlatformOptions } from './platform.module.js';
export { Stopping } from './stopping/stopping.js';
