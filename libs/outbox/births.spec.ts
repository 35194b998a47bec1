import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Settings } from '@mpp/config';
import { PlatformModule, type Tx } from '@mpp/platform';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { createDatabase, type TestDatabase } from '../../test/support/database.js';
import { QUIET } from '../../test/support/mpp.js';
import { TestClock } from '../../test/support/test-clock.js';
import { until } from '../../test/support/until.js';
import { type Birth, type BirthPlace, Births } from './births.js';
import type { OutboxMessage } from './domain/message.js';
import type { Attempted, OutboxHandler, Settled } from './handler.js';
import { Outbox } from './outbox.js';
import { OutboxModule } from './outbox.module.js';

interface Parcel {
  readonly number: number;
}

describe('claims that are made while a transaction is written', () => {
  const place = () => {
    const held = new Set<string>();
    let count = 0;
    const births: BirthPlace = {
      claimAtBirth: (topic): Birth => {
        const id = `${topic}-${++count}`;
        held.add(id);
        return { id, lease: id, nextAttemptAt: new Date() };
      },
      abandon: (_, { id }) => void held.delete(id),
    };
    return { births, held };
  };

  it('are all given back where nothing of it was written, each once', () => {
    const { births: where, held } = place();
    const births = new Births(where);
    births.claim('letters');
    births.claim('parcels');
    births.abandonAll();
    expect(held).toEqual(new Set());
    // What is claimed the next time stays where that one is committed.
    births.claim('letters');
    expect(held).toEqual(new Set(['letters-3']));
    births.abandonAll();
    births.abandonAll();
    expect(held).toEqual(new Set());
  });
});

describe('a settlement that writes messages of its own', () => {
  let database: TestDatabase;
  let process: INestApplicationContext;
  let outbox: Outbox;
  const letters: number[] = [];
  /** What the writing of a set does before it ends, by run; the run counts from 1. */
  let duringSettle: (tx: Tx, run: number, parcels: readonly Parcel[]) => Promise<void> = async () => undefined;
  let afterCommit = () => {};
  let runs = 0;
  let parcels = 0;

  /** Each parcel that is delivered sends a letter to whoever sent it: one process writes one letter at a time. */
  const postman: OutboxHandler<Parcel, 'ok'> = {
    topic: 'parcels',
    concurrency: 8,
    attemptMs: 5000,
    backoff: { baseMs: 1000, maxMs: 1000 },
    begin: async () => undefined,
    attempt: async () => 'ok',
    settle: async (tx: Tx, attempts: readonly Attempted<Parcel, 'ok'>[], births: Births): Promise<Settled> => {
      runs++;
      const born = attempts.map(({ message }) => ({ birth: births.claim('letters'), message }));
      for (const { birth, message } of born) await enqueue(tx, birth, message.payload);
      await duringSettle(
        tx,
        runs,
        attempts.map(({ message }) => message.payload),
      );
      return {
        settlements: attempts.map(() => ({ kind: 'done' })),
        afterCommit: () => {
          afterCommit();
          for (const { birth, message } of born) outbox.dispatch('letters', birth, message.key, message.payload);
        },
      };
    },
  };
  const writer: OutboxHandler<Parcel, 'ok'> = {
    topic: 'letters',
    concurrency: 1,
    attemptMs: 5000,
    backoff: { baseMs: 1000, maxMs: 1000 },
    begin: async () => undefined,
    attempt: async ({ payload }: OutboxMessage<Parcel>) => {
      letters.push(payload.number);
      return 'ok';
    },
    settle: async (_: Tx, attempts: readonly Attempted<Parcel, 'ok'>[]) => ({
      settlements: attempts.map(() => ({ kind: 'done' })),
      afterCommit: () => undefined,
    }),
  };

  async function enqueue(tx: Tx, { id, lease, nextAttemptAt }: Birth, payload: Parcel): Promise<void> {
    const { number } = payload;
    const message = [id, 'letters', `parcel-${number}`, JSON.stringify(payload), nextAttemptAt, lease, new Date()];
    await tx.query('select outbox_enqueue($1, $2, $3, $4, $5, $6, null, $7)', message);
  }

  beforeAll(async () => {
    database = await createDatabase();
    await database.query('create table once (number int primary key deferrable initially deferred)');
    outbox = await startProcess();
  });

  async function startProcess(): Promise<Outbox> {
    const settings = Settings.read({
      ...QUIET,
      DATABASE_URL: database.url,
      KASPI_BASE_URL: 'http://127.0.0.1:9',
      OUTBOX_WORKER: 'off',
    });
    const root = {
      module: class Root {},
      imports: [PlatformModule.with({ settings, clock: new TestClock() }), OutboxModule],
    };
    process = await NestFactory.createApplicationContext(root, { logger: false });
    const started = process.get(Outbox);
    started.register(postman);
    started.register(writer);
    return started;
  }

  afterAll(async () => {
    await process.close();
    await database.drop();
  });

  afterEach(async () => {
    duringSettle = async () => undefined;
    afterCommit = () => {};
    runs = 0;
    letters.length = 0;
    await expectRoomForALetter();
  });

  /** One more parcel to deliver. */
  async function send(): Promise<number> {
    const number = ++parcels;
    await database.query(
      `select outbox_enqueue(gen_random_uuid(), 'parcels', $1, $2, '2026-03-10T06:00Z', null, null, '2026-03-10T06:00Z')`,
      [`parcel-${number}`, { number }],
    );
    return number;
  }
  /** One more parcel, delivered by the process that wrote it: no lane is claiming meanwhile, which takes room for a moment. */
  async function deliver(): Promise<number> {
    const birth = outbox.claimAtBirth('parcels');
    const number = ++parcels;
    const { id, lease, nextAttemptAt } = birth;
    await database.query(`select outbox_enqueue($1, 'parcels', $2, $3, $4, $5, null, $4)`, [
      ...[id, `parcel-${number}`, { number }, nextAttemptAt, lease],
    ]);
    outbox.dispatch('parcels', birth, `parcel-${number}`, { number });
    await until(
      'the parcel to be settled',
      () => waiting('parcels'),
      (messages) => messages.every((message) => message.lease === null),
    );
    return number;
  }

  const waiting = (topic: string) =>
    database.query<{ key: string; lease: string | null; attempts: number }>(
      'select key, lease, attempts from outbox_messages where topic = $1',
      [topic],
    );
  /** Nothing is under way any more, and the lane of letters has its room again. */
  async function expectRoomForALetter(): Promise<void> {
    await until(
      'room for a letter',
      () => {
        const birth = outbox.claimAtBirth('letters');
        outbox.abandon('letters', birth);
        return birth.lease !== null;
      },
      (found) => found,
      5000,
    );
  }
  const anErrorOf = (code: string) => (tx: Tx) =>
    tx.query(`do $$ begin raise exception 'in the way' using errcode = '${code}'; end $$`) as Promise<never>;

  it('claims them, and they leave after the commit, not before', async () => {
    const seen: unknown[] = [];
    duringSettle = async () => void seen.push([...letters], await waiting('letters'));
    afterCommit = () => void seen.push([...letters]);
    const number = await deliver();
    await until(
      'the letter',
      () => letters,
      ({ length }) => length > 0,
    );
    expect(letters).toEqual([number]);
    // Others could not see it before the commit, and it had not left.
    expect(seen).toEqual([[], [], []]);
  });

  it('is written again after a serialization failure: one message, which leaves once, and its room is not lost', async () => {
    duringSettle = async (tx, run) => {
      if (run < 3) await anErrorOf('40001')(tx);
    };
    const number = await deliver();
    expect(runs).toBe(3);
    await until(
      'the letter',
      () => letters,
      ({ length }) => length > 0,
    );
    await expectRoomForALetter();
    expect(letters).toEqual([number]);
    expect(await waiting('parcels')).toEqual([]);
  });

  it('that fails for good wrote nothing, and gives the room back; the parcel is settled another time', async () => {
    duringSettle = anErrorOf('23514');
    await deliver();
    expect(await waiting('parcels')).toMatchObject([{ lease: null, attempts: 1 }]);
    expect(letters).toEqual([]);
    expect(await waiting('letters')).toEqual([]);
    await expectRoomForALetter();
    await database.query(`delete from outbox_messages where topic = 'parcels'`);
  });

  it('that gives up after too many serialization failures gives the room back all the same', async () => {
    duringSettle = anErrorOf('40001');
    await deliver();
    expect(await waiting('parcels')).toMatchObject([{ lease: null, attempts: 1 }]);
    expect(await waiting('letters')).toEqual([]);
    await expectRoomForALetter();
    await database.query(`delete from outbox_messages where topic = 'parcels'`);
  });

  it('that fails in the very commit gives the room back', async () => {
    duringSettle = async (tx) => void (await tx.query('insert into once values (1), (1)'));
    await deliver();
    expect(await waiting('parcels')).toMatchObject([{ lease: null, attempts: 1 }]);
    expect(letters).toEqual([]);
    expect(await waiting('letters')).toEqual([]);
    await expectRoomForALetter();
    await database.query(`delete from outbox_messages where topic = 'parcels'`);
  });

  it('of several of which one cannot be written writes the others alone, a letter for each', async () => {
    const numbers = [await send(), await send(), await send()];
    const poison = numbers[1] as number;
    duringSettle = async (tx, _, settled) => {
      if (settled.some(({ number }) => number === poison)) await anErrorOf('23514')(tx);
    };
    const report = await outbox.drainOnce();
    // Letters that found no room at birth are claimed by whoever comes next.
    await until(
      'both letters',
      async () => {
        await outbox.drainOnce();
        return letters;
      },
      ({ length }) => length === 2,
    );
    expect(report.retried).toBe(1);
    expect(letters.toSorted()).toEqual(numbers.filter((number) => number !== poison));
    expect(await waiting('parcels')).toMatchObject([{ key: `parcel-${poison}` }]);
    await database.query(`delete from outbox_messages where topic = 'parcels'`);
  });

  it('that finds no room leaves them to whoever has some: due at once, and nobody sends them twice', async () => {
    const taken = outbox.claimAtBirth('letters');
    const number = await deliver();
    expect(await waiting('letters')).toMatchObject([{ lease: null, attempts: 0 }]);
    expect(letters).toEqual([]);
    outbox.abandon('letters', taken);
    await outbox.drainOnce();
    expect(letters).toEqual([number]);
  });

  it('that is under way when the process is to stop has its letters written first', async () => {
    const [goesOn, first] = [outbox, process];
    outbox = await startProcess();
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    let claimed = () => {};
    const claiming = new Promise<void>((resolve) => {
      claimed = resolve;
    });
    duringSettle = async () => {
      claimed();
      await held;
    };
    const delivered = deliver();
    await claiming;
    const stopped = process.close();
    release();
    await stopped;
    expect(letters).toEqual([await delivered]);
    expect(await waiting('letters')).toEqual([]);
    [outbox, process] = [goesOn, first];
  });
});
