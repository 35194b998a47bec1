import type { RunningSimulator } from '../../apps/kaspi-simulator/start.js';
import type { TestDatabase } from '../support/database.js';
import type { TestServer } from '../support/mpp.js';
import type { TestClock } from '../support/test-clock.js';
import type { CoreLine } from './core-line.js';
import type { KaspiLine } from './kaspi-line.js';
import type { CoreKind } from './model-types.js';

/** The servers and peers that all runs share. */
export interface SystemUnderTest {
  readonly core: CoreKind;
  readonly servers: readonly [TestServer, TestServer];
  readonly simulator: RunningSimulator;
  readonly line: KaspiLine;
  /** The connection to the bank's core, if there is one. */
  readonly coreLine: CoreLine;
  readonly database: TestDatabase;
  /** The true time: of the database, the PS and the bank's core. */
  readonly clock: TestClock;
  /** Those of the servers; one of them may be set wrong. */
  readonly clocks: readonly [TestClock, TestClock];
  /** The server to which the PS sends its refunds; null: an address without a listener. */
  refundsAt: 0 | 1 | null;
  /** Counts of what happened, over all runs. */
  readonly tally: Map<string, number>;
}
