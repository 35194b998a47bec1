import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Database, type Tx } from '@mpp/platform';
import type { INestApplicationContext } from '@nestjs/common';
import { createDatabase, type TestDatabase } from '../../../test/support/database.js';
import { openReservation } from '../../../test/support/open-reservation.js';
import { startOutboxProcess } from '../../../test/support/outbox-process.js';
import { TestClock } from '../../../test/support/test-clock.js';
import { until } from '../../../test/support/until.js';
import type { OutboxMessage } from '../domain/message.js';
import { Outbox } from '../outbox.js';
import type { Disposition, FinishedAttempt, OutboxHandler } from './outbox-handler.js';

const PAUSE = { baseMs: 1000, maxMs: 1000 };

interface Parcel {
  readonly number: number;
}

describe('settling an attempt that writes another message', () => {
  let database: TestDatabase;
  let process: INestApplicationContext;
  let outbox: Outbox;
  const letters: number[] = [];
  /** Called in the settling transaction before it ends; runs are counted from 1. */
  let duringSettle: (tx: Tx, run: number, parcels: readonly Parcel[]) => Promise<void> = async () => undefined;
  let afterCommit = () => {};
  let runs = 0;
  let parcels = 0;

  /** Each delivered parcel causes a letter to its sender; a process sends one letter at a time. */
  const parcelHandler: OutboxHandler<Parcel, 'ok'> = {
    topic: 'parcels',
    attempt: async () => 'ok',
    settle: async (tx: Tx, attempts: readonly FinishedAttempt<Parcel, 'ok'>[]): Promise<Disposition[]> => {
      runs++;
      tx.afterCommit(() => afterCommit());
      for (const { message } of attempts) {
        await outbox.enqueueMessage(tx, { topic: 'letters', key: message.key, payload: message.payload });
      }
      await duringSettle(
        tx,
        runs,
        attempts.map(({ message }) => message.payload),
      );
      return attempts.map(() => ({ kind: 'done' }));
    },
  };
  const letterHandler: OutboxHandler<Parcel, 'ok'> = {
    topic: 'letters',
    attempt: async ({ payload }: OutboxMessage<Parcel>) => {
      letters.push(payload.number);
      return 'ok';
    },
    settle: async (_: Tx, attempts: readonly FinishedAttempt<Parcel, 'ok'>[]) => attempts.map(() => ({ kind: 'done' })),
  };

  beforeAll(async () => {
    database = await createDatabase();
    await database.query('create table once (number int primary key deferrable initially deferred)');
    outbox = await startProcess();
  });

  async function startProcess(): Promise<Outbox> {
    process = await startOutboxProcess(database.url, new TestClock());
    const started = process.get(Outbox);
    started.register(parcelHandler, { concurrency: 8, attemptMs: 5000, backoff: PAUSE });
    started.register(letterHandler, { concurrency: 1, attemptMs: 5000, backoff: PAUSE });
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
    await expectPlaceForALetter();
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
  /** One more parcel, delivered by the process that writes it. No claim is made at the same time: a claim takes all places for a moment. */
  async function deliver(): Promise<number> {
    const number = ++parcels;
    await process.get(Database).transaction(async (tx) => {
      await outbox.enqueueMessage(tx, { topic: 'parcels', key: `parcel-${number}`, payload: { number } });
    });
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
  /** No attempt is under way any more, and the place for letters is free again. */
  async function expectPlaceForALetter(): Promise<void> {
    await until(
      'a place for a letter',
      () => {
        const reservation = openReservation(outbox, 'letters');
        reservation.rollBack();
        return reservation.lease !== null;
      },
      (found) => found,
      5000,
    );
  }
  const anErrorOf = (code: string) => (tx: Tx) =>
    tx.query(`do $$ begin raise exception 'in the way' using errcode = '${code}'; end $$`) as Promise<never>;

  it('reserves it, and it is sent after the commit, not before', async () => {
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

  it('is run again after a serialization failure: one message, which is sent once, and its place is released', async () => {
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
    await expectPlaceForALetter();
    expect(letters).toEqual([number]);
    expect(await waiting('parcels')).toEqual([]);
  });

  it('that fails writes nothing and releases the place; the settled message waits for its next attempt', async () => {
    duringSettle = anErrorOf('23514');
    await deliver();
    expect(await waiting('parcels')).toMatchObject([{ lease: null, attempts: 1 }]);
    expect(letters).toEqual([]);
    expect(await waiting('letters')).toEqual([]);
    await expectPlaceForALetter();
    await database.query(`delete from outbox_messages where topic = 'parcels'`);
  });

  it('that fails after too many serialization failures releases the place', async () => {
    duringSettle = anErrorOf('40001');
    await deliver();
    expect(await waiting('parcels')).toMatchObject([{ lease: null, attempts: 1 }]);
    expect(await waiting('letters')).toEqual([]);
    await expectPlaceForALetter();
    await database.query(`delete from outbox_messages where topic = 'parcels'`);
  });

  it('that fails in its commit releases the place', async () => {
    duringSettle = async (tx) => void (await tx.query('insert into once values (1), (1)'));
    await deliver();
    expect(await waiting('parcels')).toMatchObject([{ lease: null, attempts: 1 }]);
    expect(letters).toEqual([]);
    expect(await waiting('letters')).toEqual([]);
    await expectPlaceForALetter();
    await database.query(`delete from outbox_messages where topic = 'parcels'`);
  });

  it('together with others, of which one always fails, is repeated one by one: each of the others writes its message', async () => {
    const numbers = [await send(), await send(), await send()];
    const poison = numbers[1] as number;
    duringSettle = async (tx, _, settled) => {
      if (settled.some(({ number }) => number === poison)) await anErrorOf('23514')(tx);
    };
    const report = await outbox.drainOnce();
    // Letters that found no free place are claimed later.
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

  it('that finds no free place writes the message due at once, and it is sent once', async () => {
    const taken = openReservation(outbox, 'letters');
    const number = await deliver();
    expect(await waiting('letters')).toMatchObject([{ lease: null, attempts: 0 }]);
    expect(letters).toEqual([]);
    taken.rollBack();
    await outbox.drainOnce();
    expect(letters).toEqual([number]);
  });

  it('that is under way when the process stops has its message sent first', async () => {
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
