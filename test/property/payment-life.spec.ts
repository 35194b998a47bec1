import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { startSimulator } from '../../apps/kaspi-simulator/start.js';
import {
  isFinal,
  PAYMENT_TRANSITIONS,
  type PaymentEvent,
  type PaymentStatus,
  statusAfter,
} from '../../libs/qr-payments/domain/transitions.js';
import { createDatabase } from '../support/database.js';
import { startTestServer } from '../support/mpp.js';
import { TestClock } from '../support/test-clock.js';
import { stepsWith } from './commands.js';
import { CoreLine } from './core-line.js';
import { KaspiLine } from './kaspi-line.js';
import type { CoreKind } from './model-types.js';
import { Run } from './run.js';
import { finishRun } from './run-end.js';
import { SETTINGS } from './settings.js';
import type { Step } from './step.js';
import type { SystemUnderTest } from './system-under-test.js';

const RUNS = Number(process.env.PROPERTY_RUNS ?? 10);
/** PROPERTY_SEED repeats the run whose seed a failure names; PROPERTY_TALLY=1 prints counts of what happened. */
const { PROPERTY_SEED, PROPERTY_TALLY } = process.env;
const MAX_STEPS = 80;
/** The search for a shorter counterexample ends here. */
const TIME_LIMIT_MS = 120_000 + RUNS * 3000;

const NOWHERE = 'http://127.0.0.1:9/refund';

/**
 * Random steps of two customers, of operators, of two servers on one database, and of a PS and a bank's core that fail. After
 * each step every answer, status and balance must be those of the model (model.ts), and at the end the core, the PS and our
 * journal must agree.
 */
describe.each<CoreKind>(['own ledger', 'a bank’s core'])(
  'with the accounts in %s, after any actions of customers, operators, two servers and the PS',
  (core) => {
    let system: SystemUnderTest;
    let stop: () => Promise<void>;
    let runs = 0;
    /** The present run; it goes on after the time limit has interrupted the search. */
    let living: Promise<void> = Promise.resolve();

    beforeAll(async () => {
      const clock = new TestClock();
      const database = await createDatabase();
      const refundUrl = () =>
        system.refundsAt === null ? NOWHERE : `${system.servers[system.refundsAt].kaspiUrl}/refund`;
      const simulator = await startSimulator({ port: 0, storeFile: null, refundUrl, clock });
      const line = await KaspiLine.start(simulator, database);
      const coreLine = await CoreLine.start(simulator.core.url, database);
      const urls = { DATABASE_URL: database.url, KASPI_BASE_URL: line.url };
      const env = { ...SETTINGS, ...urls, ...(core !== 'own ledger' && { CORE_BANKING_URL: coreLine.url }) };
      const clocks = [new TestClock(clock), new TestClock(clock)] as const;
      const servers = [await startTestServer(env, clocks[0]), await startTestServer(env, clocks[1])] as const;
      const peers = { simulator, line, coreLine, database };
      system = { core, servers, ...peers, clock, clocks, refundsAt: 0, tally: new Map() };
      stop = async () => {
        for (const server of servers) await server.stop();
        await Promise.all([line.stop(), coreLine.stop()]);
        await simulator.stop();
        await database.drop();
      };
    });

    afterAll(async () => {
      await living.catch(() => undefined);
      await stop();
    });

    const live = async (steps: Iterable<Step>): Promise<void> => {
      const run = new Run(++runs, system);
      try {
        await run.begin();
        await fc.asyncModelRun(() => ({ model: run.model, real: run }), steps);
        await finishRun(run);
      } catch (error) {
        const log = run.log.map((line) => `  ${line}`).join('\n');
        throw new Error(`${(error as Error).message}\n\nSteps:\n${log}\n`, { cause: error });
      }
    };

    it(
      'every payment and refund ends, no money is lost or made, and the core, the PS and our journal agree to the tiyn',
      async () => {
        const steps = fc.commands([stepsWith(core)], { maxCommands: MAX_STEPS, size: 'max' });
        const property = fc.asyncProperty(steps, (taken) => {
          living = live(taken);
          return living;
        });
        await fc.assert(property, {
          numRuns: RUNS,
          interruptAfterTimeLimit: TIME_LIMIT_MS,
          ...(PROPERTY_SEED !== undefined && { seed: Number(PROPERTY_SEED) }),
        });
        if (PROPERTY_TALLY === undefined) return;
        const lines = [...system.tally].sort().map(([what, count]) => `${String(count).padStart(7)} ${what}\n`);
        process.stderr.write(`${runs} runs with ${core}\n${lines.join('')}`);
      },
      TIME_LIMIT_MS + 60_000,
    );
  },
);

describe('the transition table', () => {
  const statuses = Object.keys(PAYMENT_TRANSITIONS) as PaymentStatus[];
  const events = [...new Set(Object.values(PAYMENT_TRANSITIONS).flatMap((row) => Object.keys(row)))] as PaymentEvent[];

  it('leads from each status to a final one, and never back', () => {
    const rank = (status: PaymentStatus): number =>
      Math.max(0, ...Object.values(PAYMENT_TRANSITIONS[status]).map((next) => rank(next) + 1));
    for (const status of statuses) {
      for (const next of Object.values(PAYMENT_TRANSITIONS[status])) expect(rank(next)).toBeLessThan(rank(status));
      expect(rank(status) === 0).toBe(isFinal(status));
    }
  });

  it('has no other transitions: they throw', () => {
    fc.assert(
      fc.property(fc.constantFrom(...statuses), fc.constantFrom(...events), (status, event) => {
        const next = PAYMENT_TRANSITIONS[status][event];
        if (next === undefined)
          expect(() => statusAfter(status, event)).toThrow(`a payment that is ${status} cannot be ${event}`);
        else expect(statusAfter(status, event)).toBe(next);
      }),
    );
  });
});
