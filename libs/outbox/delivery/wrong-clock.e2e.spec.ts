import { describe, expect, it } from '@jest/globals';
import type { Database } from '@mpp/platform';
import { LEASE_MS, outboxFixture, ParcelHandler } from '../../../test/support/outbox-fixture.js';
import { claimDue, selectDueTopics } from '../persistence/messages.js';

const DAY = 24 * 3_600_000;
const LONGEST_PAUSE_MS = 60_000;
/** A moment at which no right clock schedules a message; ten seconds are left to other processes. */
const MISDATED_MS = LEASE_MS + LONGEST_PAUSE_MS + 10_001;

describe('the outbox and wrong clocks', () => {
  const { fixture, newTopic, startProcess, enqueue, waiting } = outboxFixture();

  const dueIn = (topic: string, milliseconds: number) =>
    fixture.database.query('update outbox_messages set next_attempt_at = $2 where topic = $1', [
      topic,
      new Date(fixture.clock.now().getTime() + milliseconds),
    ]);

  it.each([
    ['longest due first', undefined],
    ['earliest deadline first', true],
  ])(
    '%s: a message that is due later than after a lease and the longest pause is due now, before the others',
    async (_, deadlineFirst) => {
      const handler = Object.assign(new ParcelHandler(newTopic(), 1), { deadlineFirst });
      const outbox = await startProcess(handler);
      await enqueue(handler.topic, 1);
      await dueIn(handler.topic, MISDATED_MS - 1);
      expect(await outbox.drainOnce()).toMatchObject({ claimed: 0 });
      await dueIn(handler.topic, MISDATED_MS);
      await enqueue(handler.topic, 2);
      expect(await outbox.drainOnce()).toMatchObject({ claimed: 2, done: 2 });
      expect(handler.delivered).toEqual([1, 2]);
    },
  );

  it('a process whose clock is wrong claims nothing, and its new messages are left to others', async () => {
    const handler = new ParcelHandler(newTopic());
    const outbox = await startProcess(handler);
    await enqueue(handler.topic, 1);
    for (const wrong of [DAY, -DAY]) {
      fixture.clock.set(wrong);
      expect(await outbox.drainOnce()).toMatchObject({ claimed: 0 });
      const hooks = { afterCommit: () => undefined, onRollback: () => undefined };
      expect(outbox.reserveAttempt(hooks, { topic: handler.topic, key: 'new', payload: {} }).lease).toBeNull();
    }
    fixture.clock.set(0);
    expect(await outbox.drainOnce()).toMatchObject({ claimed: 1, done: 1 });
  });

  it.each([
    ['ahead', DAY],
    ['back', -DAY],
  ])(
    'an attempt during which the clock is set a day %s is not settled, and made again at once when it is right',
    async (_, set) => {
      const settled: number[] = [];
      let wrong = true;
      const jumps = () => {
        if (wrong) fixture.clock.set(set);
        return 'ok';
      };
      const handler = new ParcelHandler(newTopic(), 8, jumps, (_tx, parcels) => settled.push(parcels.length));
      const outbox = await startProcess(handler);
      await enqueue(handler.topic, 1);
      expect(await outbox.drainOnce()).toMatchObject({ claimed: 1, done: 0, retried: 1 });
      expect(await waiting(handler.topic)).toMatchObject([
        { lease: null, last_error: 'the clock of this process is wrong' },
      ]);
      wrong = false;
      fixture.clock.set(0);
      expect(await outbox.drainOnce()).toMatchObject({ claimed: 1, done: 1 });
      expect(handler.delivered).toEqual([1, 1]);
    },
  );

  describe('with twenty thousand messages that wait for their next attempt', () => {
    interface Plan {
      'Node Type': string;
      'Actual Rows': number;
      'Actual Loops': number;
      'Rows Removed by Filter'?: number;
      'Relation Name'?: string;
      Plans?: Plan[];
    }

    const nodesOf = (plan: Plan): Plan[] => [plan, ...(plan.Plans ?? []).flatMap(nodesOf)];

    /** The nodes of the plan that read the table. */
    async function readsOf(run: (database: Database) => Promise<unknown>): Promise<Plan[]> {
      let reads: Plan[] = [];
      const explaining = {
        query: async (sql: string, parameters: unknown[]) => {
          const [row] = await fixture.database.query<{ 'QUERY PLAN': [{ Plan: Plan }] }>(
            `explain (analyze, format json) ${sql}`,
            parameters,
          );
          reads = nodesOf((row?.['QUERY PLAN'] ?? [{ Plan: {} as Plan }])[0].Plan).filter(
            (node) => node['Relation Name'] === 'outbox_messages' && /Scan/.test(node['Node Type']),
          );
          return [];
        },
      } as unknown as Database;
      await run(explaining);
      return reads;
    }

    it.each([[false], [true]])(
      'a claim reads by index only what it takes, deadline first: %s',
      async (deadlineFirst) => {
        const topic = newTopic();
        const now = fixture.clock.now();
        const at = (milliseconds: number) => new Date(now.getTime() + milliseconds);
        await fixture.database.query(
          `insert into outbox_messages (id, topic, key, payload, attempts, next_attempt_at, deadline, created_at)
         select gen_random_uuid(), $1, n::text, '{}', 1, $2::timestamptz + n * interval '1 ms',
           case when n % 2 = 0 then $2 end, $3 from generate_series(1, 20000) n`,
          [topic, at(1000), now],
        );
        await dueSome(topic, 5, at(-1));
        await dueSome(topic, 5, at(DAY));
        await fixture.database.query('analyze outbox_messages');
        const misdatedAfter = at(MISDATED_MS);
        const claim = { topic, deadlineFirst, limit: 20, lease: '019b1f7e-4a31-7c3f-9a55-0d7a9c1b2e44', now };
        const claimReads = await readsOf((database) =>
          claimDue(database, { ...claim, leasedUntil: at(LEASE_MS), misdatedAfter }),
        );
        const lookReads = await readsOf((database) => selectDueTopics(database, [{ topic, misdatedAfter }], now));
        for (const reads of [claimReads, lookReads]) {
          expect(reads.length).toBeGreaterThan(1);
          for (const read of reads) {
            expect(read['Node Type']).not.toBe('Seq Scan');
            expect((read['Actual Rows'] + (read['Rows Removed by Filter'] ?? 0)) * read['Actual Loops']).toBeLessThan(
              50,
            );
          }
        }
      },
    );

    const dueSome = (topic: string, count: number, at: Date) =>
      fixture.database.query(
        `update outbox_messages set next_attempt_at = $3 where id in (
           select id from outbox_messages where topic = $1 and next_attempt_at > $4 order by next_attempt_at limit $2)`,
        [topic, count, at, fixture.clock.now()],
      );
  });
});
