import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { until } from '../support/until.js';
import type { CoreKind } from './model-types.js';
import { OutsideWorld } from './outside-world.js';
import { Life } from './restore-life.js';
import { confirmNow, LIFE_STEPS, type LifeStep, nothingIsClosed, resolveDoubt } from './restore-steps.js';
import { unfinished, wrongTruths } from './restore-truths.js';

const RUNS = Number(process.env.PROPERTY_RUNS);
/** PROPERTY_SEED repeats the run whose seed a failure names. */
const { PROPERTY_SEED } = process.env;
/** The search for a shorter counterexample ends here. */
const TIME_LIMIT_MS = 120_000 + RUNS * 6000;
const MINUTE = 60_000;
/** Together long enough for a payment without a clear answer to be in doubt. */
const ROUNDS_IN_RECOVERY = 4;
/** Together longer than any deadline. */
const ROUNDS_AFTER = 12;
const ROUND_MS = 7 * MINUTE;

interface Plan {
  readonly before: readonly LifeStep[];
  readonly after: readonly LifeStep[];
  readonly recovering: readonly LifeStep[];
  /** The customers confirm in the recovery what waits for them. */
  readonly confirmsAgain: boolean;
}

const steps = (maxLength: number) => fc.array(LIFE_STEPS, { maxLength, size: 'max' });
const plans: fc.Arbitrary<Plan> = fc.record({
  before: steps(12),
  after: steps(12),
  recovering: steps(8),
  confirmsAgain: fc.boolean(),
});

/**
 * A random life of a few payments and refunds, whose database is backed up at a random step and restored later, while the PS, the
 * bank's core and the gateway remember everything (R39).
 * It takes minutes, and is part of `npm run test:long` only.
 */
const describeLong = process.env.PROPERTY_RUNS === undefined ? describe.skip : describe;
describeLong.each<CoreKind>(['own ledger', 'a bank’s core'])(
  'with the accounts in %s, after a restore to any earlier moment',
  (core) => {
    let world: OutsideWorld;
    /** The present run; it goes on after the time limit has interrupted the search. */
    let living: Promise<void> = Promise.resolve();

    beforeAll(async () => {
      world = await OutsideWorld.start(core);
    });

    afterAll(async () => {
      await living.catch(() => undefined);
      await world.stop();
    });

    const live = async (plan: Plan): Promise<void> => {
      const life = await Life.begin(world);
      try {
        for (const step of plan.before) await step.take(life);
        await life.backup();
        for (const step of plan.after) await step.take(life);
        await life.restore();
        for (const step of plan.recovering) {
          const { payments } = await life.books();
          await step.take(life);
          await nothingIsClosed(life, payments);
        }
        await finish(life, plan.confirmsAgain);
        expect(await wrongTruths(life)).toEqual([]);
      } catch (error) {
        const log = life.log.map((line) => `  ${line}`).join('\n');
        throw new Error(`${(error as Error).message}\n\nSteps:\n${log}\n`, { cause: error });
      } finally {
        await life.end();
      }
    };

    it(
      'nobody is debited or credited twice, everything known ends, and what is lacking is exactly what is forgotten',
      async () => {
        const property = fc.asyncProperty(plans, (plan) => {
          living = live(plan);
          return living;
        });
        await fc.assert(property, {
          numRuns: RUNS,
          interruptAfterTimeLimit: TIME_LIMIT_MS,
          ...(PROPERTY_SEED !== undefined && { seed: Number(PROPERTY_SEED) }),
        });
      },
      TIME_LIMIT_MS + 60_000,
    );
  },
);

/** The PS and the core answer again; operators resolve what is in doubt, then end the recovery. */
async function finish(life: Life, confirmsAgain: boolean): Promise<void> {
  const { simulator } = life.world;
  life.log.push('--- everybody answers again');
  simulator.faults.clear();
  for (const customer of life.customers) {
    for (const { id } of simulator.core.accounts(customer)) simulator.core.changeAccount(id, { status: 'OPEN' });
  }
  if (confirmsAgain) for (const payment of life.payments) await confirmNow(life, payment);
  for (let round = 1; round <= ROUNDS_IN_RECOVERY; round++) await passRound(life);
  await life.endRecovery();
  const sending = () => life.refundsAtPs().filter(({ status }) => status === 'SENDING');
  await until('each refund is answered', sending, ({ length }) => length === 0);
  const isOver = async () => (await unfinished(life)).length === 0;
  for (let round = 1; round <= ROUNDS_AFTER && !(await isOver()); round++) await passRound(life);
}

async function passRound(life: Life): Promise<void> {
  life.world.clock.advance(ROUND_MS);
  await life.deliver();
  await resolveDoubt(life);
  await life.expireDue();
}
