import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Settings } from '@mpp/config';
import { Database, PlatformModule, type Tx } from '@mpp/platform';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { createDatabase, type TestDatabase } from '../../test/support/database.js';
import { QUIET } from '../../test/support/mpp.js';
import { openReservation } from '../../test/support/open-reservation.js';
import { TestClock } from '../../test/support/test-clock.js';
import type { OutboxMessage } from './domain/message.js';
import type { Disposition, FinishedAttempt, OutboxHandler } from './handler.js';
import { Outbox } from './outbox.js';
import { OutboxModule } from './outbox.module.js';

const LEASE_MS = 10_000;

interface Parcel {
  readonly number: number;
}

/** Delivers parcels to a list; a test says what becomes of each. */
class Courier implements OutboxHandler<Parcel, string> {
  readonly attemptMs = LEASE_MS - 2000;
  readonly backoff = { baseMs: 1000, maxMs: 60_000 };
  readonly recorded: string[] = [];
  readonly delivered: number[] = [];
  readonly leasesLost: boolean[] = [];
  readonly notSent: string[] = [];
  afterCommit: () => void = () => undefined;
  onNotSent: () => Promise<void> = async () => undefined;
  atOnce = 0;
  mostAtOnce = 0;

  constructor(
    readonly topic: string,
    readonly concurrency = 8,
    private readonly outcome: (parcel: Parcel, attempts: number) => string | Promise<string> = () => 'ok',
    private readonly onSettle: (tx: Tx, parcels: Parcel[]) => void = () => undefined,
  ) {}

  async recordAttempts(messages: readonly OutboxMessage<Parcel>[]): Promise<void> {
    this.recorded.push(...messages.map(({ payload, attempts }) => `${payload.number}/${attempts}`));
  }

  async attempt({ payload, attempts }: OutboxMessage<Parcel>): Promise<string> {
    this.mostAtOnce = Math.max(this.mostAtOnce, ++this.atOnce);
    try {
      const result = await this.outcome(payload, attempts);
      this.delivered.push(payload.number);
      return result;
    } finally {
      this.atOnce--;
    }
  }

  async recordNotSent({ payload, attempts }: OutboxMessage<Parcel>): Promise<void> {
    this.notSent.push(`${payload.number}/${attempts}`);
    await this.onNotSent();
  }

  async settle(tx: Tx, attempts: readonly FinishedAttempt<Parcel, string>[]): Promise<Disposition[]> {
    this.leasesLost.push(...attempts.map(({ leaseLost }) => leaseLost));
    this.onSettle(
      tx,
      attempts.map(({ message }) => message.payload),
    );
    tx.afterCommit(() => this.afterCommit());
    return attempts.map(({ result }) => (result === 'ok' ? { kind: 'done' } : { kind: 'retry', error: result }));
  }
}

describe('the outbox', () => {
  let database: TestDatabase;
  let clock: TestClock;
  const processes: INestApplicationContext[] = [];
  let topics = 0;

  /** One more process on the same database; scheduled claims are off, tests call drainOnce. */
  async function startProcess(...couriers: Courier[]): Promise<Outbox> {
    const settings = Settings.read({
      ...QUIET,
      DATABASE_URL: database.url,
      KASPI_BASE_URL: 'http://127.0.0.1:9',
      BACKGROUND_WORK: 'off',
    });
    const root = {
      module: class Root {},
      imports: [PlatformModule.with({ settings, clock }), OutboxModule],
    };
    const process = await NestFactory.createApplicationContext(root, { logger: false });
    processes.push(process);
    const outbox = process.get(Outbox);
    for (const courier of couriers) outbox.register(courier);
    return outbox;
  }

  const enqueue = async (topic: string, ...numbers: number[]) => {
    for (const number of numbers) {
      await database.query('select outbox_enqueue(gen_random_uuid(), $1, $2, $3, $4, null, null, $4)', [
        topic,
        `parcel-${number}`,
        { number },
        clock.now(),
      ]);
    }
  };
  const waiting = (topic: string) => database.query('select * from outbox_messages where topic = $1', [topic]);
  const done = (topic: string) => database.query('select * from outbox_done where topic = $1', [topic]);
  const newTopic = () => `topic-${++topics}`;

  beforeAll(async () => {
    database = await createDatabase();
  });

  afterAll(async () => {
    await Promise.all(processes.map((process) => process.close()));
    await database.drop();
  });

  beforeEach(() => {
    clock = new TestClock();
  });

  it('delivers what is due, puts each attempt on record before it, and moves what is done out of the hot table', async () => {
    const courier = new Courier(newTopic());
    const outbox = await startProcess(courier);
    await enqueue(courier.topic, 1, 2, 3);
    expect(await outbox.drainOnce()).toEqual({ claimed: 3, done: 3, retried: 0 });
    expect(courier.delivered.sort()).toEqual([1, 2, 3]);
    expect(courier.recorded.sort()).toEqual(['1/1', '2/1', '3/1']);
    expect(await waiting(courier.topic)).toEqual([]);
    expect(await done(courier.topic)).toHaveLength(3);
    expect(await outbox.drainOnce()).toEqual({ claimed: 0, done: 0, retried: 0 });
  });

  it('repeats with growing pauses what was not delivered, and remembers why', async () => {
    const courier = new Courier(newTopic(), 8, (_, attempts) => (attempts < 3 ? 'nobody at home' : 'ok'));
    const outbox = await startProcess(courier);
    await enqueue(courier.topic, 1);
    expect(await outbox.drainOnce()).toEqual({ claimed: 1, done: 0, retried: 1 });
    expect(await waiting(courier.topic)).toMatchObject([{ attempts: 1, last_error: 'nobody at home', lease: null }]);
    clock.advance(1001);
    await outbox.drainOnce();
    clock.advance(2001);
    expect(await outbox.drainOnce()).toEqual({ claimed: 1, done: 1, retried: 0 });
    expect(courier.recorded).toEqual(['1/1', '1/2', '1/3']);
  });

  it('shares the work between processes: each message is delivered by one of them', async () => {
    const topic = newTopic();
    const couriers = [new Courier(topic), new Courier(topic), new Courier(topic)];
    const outboxes = await Promise.all(couriers.map((courier) => startProcess(courier)));
    const numbers = Array.from({ length: 60 }, (_, number) => number);
    await enqueue(topic, ...numbers);
    const reports = await Promise.all(outboxes.map((outbox) => outbox.drainOnce()));
    expect(reports.reduce((sum, { done: count }) => sum + count, 0)).toBe(60);
    expect(couriers.flatMap(({ delivered }) => delivered).sort((a, b) => a - b)).toEqual(numbers);
  });

  it('claims again what a dead process had claimed, once its lease is over and not before', async () => {
    const courier = new Courier(newTopic());
    const outbox = await startProcess(courier);
    await enqueue(courier.topic, 1);
    const leasedUntil = new Date(clock.now().getTime() + LEASE_MS);
    await database.query(
      'update outbox_messages set attempts = 1, lease = gen_random_uuid(), next_attempt_at = $2 where topic = $1',
      [courier.topic, leasedUntil],
    );
    clock.advance(LEASE_MS - 1);
    expect(await outbox.drainOnce()).toMatchObject({ claimed: 0 });
    clock.advance(1);
    expect(await outbox.drainOnce()).toEqual({ claimed: 1, done: 1, retried: 0 });
    expect(courier.recorded).toEqual(['1/2']);
  });

  it('a process that comes back late with a failure leaves the message to whoever has claimed it since', async () => {
    const topic = newTopic();
    let release: (result: string) => void = () => undefined;
    const slow = new Courier(
      topic,
      8,
      () =>
        new Promise((resolve) => {
          release = resolve;
        }),
    );
    const quick = new Courier(topic, 8, () => 'still not');
    const [slowOutbox, quickOutbox] = [await startProcess(slow), await startProcess(quick)];
    await enqueue(topic, 1);
    const late = slowOutbox.drainOnce();
    while (slow.atOnce === 0) await new Promise((resolve) => setImmediate(resolve));
    clock.advance(LEASE_MS);
    await quickOutbox.drainOnce();
    release('too late');
    await late;
    expect(await waiting(topic)).toMatchObject([{ attempts: 2, last_error: 'still not' }]);
  });

  it('a poisonous message, in its attempt or in its settling, holds up none of the others', async () => {
    const courier = new Courier(
      newTopic(),
      8,
      ({ number }) => {
        if (number === 1) throw new Error('poison in the attempt');
        return 'ok';
      },
      (_, parcels) => {
        if (parcels.some(({ number }) => number === 2)) throw new Error('poison in the settling');
      },
    );
    const outbox = await startProcess(courier);
    await enqueue(courier.topic, 1, 2, 3, 4, 5);
    expect(await outbox.drainOnce()).toEqual({ claimed: 5, done: 3, retried: 2 });
    const left = await database.query('select key, last_error from outbox_messages where topic = $1 order by key', [
      courier.topic,
    ]);
    expect(left).toEqual([
      { key: 'parcel-1', last_error: 'poison in the attempt' },
      { key: 'parcel-2', last_error: 'poison in the settling' },
    ]);
  });

  it('never makes more attempts at once than the topic allows', async () => {
    const courier = new Courier(newTopic(), 3, () => new Promise((resolve) => setImmediate(() => resolve('ok'))));
    const outbox = await startProcess(courier);
    await enqueue(courier.topic, ...Array.from({ length: 20 }, (_, number) => number));
    expect(await outbox.drainOnce()).toEqual({ claimed: 20, done: 20, retried: 0 });
    expect(courier.mostAtOnce).toBe(3);
  });

  it('what finishes while the last set is being told of its commit is settled too', async () => {
    let second: (result: string) => void = () => undefined;
    const courier = new Courier(newTopic(), 8, ({ number }) =>
      number === 1
        ? 'ok'
        : new Promise((resolve) => {
            second = resolve;
          }),
    );
    courier.afterCommit = () => second('ok');
    const outbox = await startProcess(courier);
    await enqueue(courier.topic, 1, 2);
    expect(await outbox.drainOnce()).toEqual({ claimed: 2, done: 2, retried: 0 });
  });

  it('drains also while a transaction that is not committed yet has reserved the only place', async () => {
    const courier = new Courier(newTopic(), 1);
    const outbox = await startProcess(courier);
    await enqueue(courier.topic, 1);
    const reservation = openReservation(outbox, courier.topic);
    const drained = outbox.drainOnce();
    reservation.rollBack();
    expect(await drained).toEqual({ claimed: 1, done: 1, retried: 0 });
  });

  it('two attempts of one key are never in one set: the second sees what the first changed', async () => {
    const sets: number[][] = [];
    const courier = new Courier(
      newTopic(),
      8,
      () => 'ok',
      (_, parcels) => void sets.push(parcels.map(({ number }) => number)),
    );
    const outbox = await startProcess(courier);
    await database.query(
      `select outbox_enqueue(gen_random_uuid(), $1, 'the same', json_build_object('number', n), $2, null, null, $2) from generate_series(1, 5) n`,
      [courier.topic, clock.now()],
    );
    await outbox.drainOnce();
    expect(sets.map((set) => set.length)).toEqual([1, 1, 1, 1, 1]);
    expect(sets.flat().sort()).toEqual([1, 2, 3, 4, 5]);
  });

  it('the handler learns, when an attempt is settled, that it had lost its lease to another one', async () => {
    const topic = newTopic();
    let release: (result: string) => void = () => undefined;
    const slow = new Courier(
      topic,
      8,
      () =>
        new Promise((resolve) => {
          release = resolve;
        }),
    );
    const quick = new Courier(topic);
    const [slowOutbox, quickOutbox] = [await startProcess(slow), await startProcess(quick)];
    await enqueue(topic, 1);
    const late = slowOutbox.drainOnce();
    while (slow.atOnce === 0) await new Promise((resolve) => setImmediate(resolve));
    clock.advance(LEASE_MS);
    await quickOutbox.drainOnce();
    release('ok');
    await late;
    expect([quick.leasesLost, slow.leasesLost]).toEqual([[false], [true]]);
  });

  /** A message whose reserved attempt comes when its lease is nearly over. */
  async function committedLate(outbox: Outbox, topic: string): Promise<void> {
    const reservation = openReservation(outbox, topic, 'parcel-1', { number: 1 });
    await database.query('select outbox_enqueue($1, $2, $3, $4, $5, $6, null, $7)', [
      reservation.id,
      topic,
      'parcel-1',
      { number: 1 },
      reservation.nextAttemptAt,
      reservation.lease,
      clock.now(),
    ]);
    clock.advance(3000);
    reservation.commit();
    await outbox.drainOnce();
  }

  it('what was claimed so long ago that its lease is nearly over is not attempted, but given back', async () => {
    const courier = new Courier(newTopic());
    const outbox = await startProcess(courier);
    await committedLate(outbox, courier.topic);
    expect(courier.delivered).toEqual([]);
    clock.advance(1001);
    await outbox.drainOnce();
    expect(courier.recorded).toEqual(['1/2']);
    expect(courier.delivered).toEqual([1]);
  });

  it('the handler is told of an attempt that was not sent, before anybody else may make the next one', async () => {
    const courier = new Courier(newTopic());
    const outbox = await startProcess(courier);
    let then: unknown[] = [];
    courier.onNotSent = async () => {
      then = await waiting(courier.topic);
    };
    await committedLate(outbox, courier.topic);
    expect(courier.notSent).toEqual(['1/1']);
    expect(then).toMatchObject([{ attempts: 1, lease: expect.any(String), last_error: null }]);
    expect(await waiting(courier.topic)).toMatchObject([
      { lease: null, last_error: 'too little of the lease is left for an attempt' },
    ]);
    clock.advance(1001);
    expect(await outbox.drainOnce()).toEqual({ claimed: 1, done: 1, retried: 0 });
    expect(courier.notSent).toEqual(['1/1']);
  });

  it('a handler that cannot put that down does not keep the message from being given back', async () => {
    const courier = new Courier(newTopic());
    const outbox = await startProcess(courier);
    courier.onNotSent = () => Promise.reject(new Error('the book is closed'));
    await committedLate(outbox, courier.topic);
    expect(await waiting(courier.topic)).toMatchObject([
      { lease: null, last_error: 'too little of the lease is left for an attempt' },
    ]);
    clock.advance(1001);
    expect(await outbox.drainOnce()).toEqual({ claimed: 1, done: 1, retried: 0 });
  });

  it('a topic that hangs holds up no other topic', async () => {
    let release: () => void = () => undefined;
    const hanging = new Courier(
      newTopic(),
      1,
      () =>
        new Promise((resolve) => {
          release = () => resolve('ok');
        }),
    );
    const brisk = new Courier(newTopic());
    const outbox = await startProcess(hanging, brisk);
    await enqueue(hanging.topic, 1, 2);
    await enqueue(brisk.topic, 3, 4);
    const drained = outbox.drainOnce();
    while (brisk.delivered.length < 2) await new Promise((resolve) => setImmediate(resolve));
    expect(hanging.delivered).toEqual([]);
    while (hanging.delivered.length < 2) {
      release();
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await drained).toEqual({ claimed: 4, done: 4, retried: 0 });
  });

  it('a message with a reservation is sent at once by the process that wrote it, and meanwhile by no other', async () => {
    const topic = newTopic();
    const [mine, theirs] = [new Courier(topic), new Courier(topic)];
    const [outbox, other] = [await startProcess(mine), await startProcess(theirs)];
    const reservation = openReservation(outbox, topic, 'parcel-1', { number: 1 });
    await database.query('select outbox_enqueue($1, $2, $3, $4, $5, $6, null, $7)', [
      reservation.id,
      topic,
      'parcel-1',
      { number: 1 },
      reservation.nextAttemptAt,
      reservation.lease,
      clock.now(),
    ]);
    expect(await other.drainOnce()).toMatchObject({ claimed: 0 });
    reservation.commit();
    await outbox.drainOnce();
    expect(mine.delivered).toEqual([1]);
    expect(theirs.delivered).toEqual([]);
    expect(await done(topic)).toMatchObject([{ attempts: 1 }]);
  });

  it('a message for which no place is free is due at once, for any process', async () => {
    const courier = new Courier(newTopic(), 1);
    const outbox = await startProcess(courier);
    const first = openReservation(outbox, courier.topic);
    expect(first.lease).not.toBeNull();
    expect(openReservation(outbox, courier.topic)).toMatchObject({ lease: null, nextAttemptAt: clock.now() });
    first.rollBack();
    expect(openReservation(outbox, courier.topic).lease).not.toBeNull();
  });

  it('a message exists only if the transaction that wrote it does', async () => {
    const courier = new Courier(newTopic());
    const outbox = await startProcess(courier);
    const rolledBack = processes
      .at(-1)
      ?.get(Database)
      .transaction(async (tx) => {
        await tx.query('select outbox_enqueue(gen_random_uuid(), $1, $2, $3, $4, null, null, $4)', [
          courier.topic,
          'k',
          { number: 1 },
          clock.now(),
        ]);
        throw new Error('changed our mind');
      });
    await expect(rolledBack).rejects.toThrow('changed our mind');
    expect(await outbox.drainOnce()).toMatchObject({ claimed: 0 });
  });

  it('keeps the payload to the byte: a repeat is the same request', async () => {
    const bodies: string[] = [];
    const topic = newTopic();
    const courier = new Courier(topic, 8, (parcel) => {
      bodies.push((parcel as unknown as { body: string }).body);
      return bodies.length < 2 ? 'again' : 'ok';
    });
    const outbox = await startProcess(courier);
    const body = '{"b":1,"a":"1.00","b":2,"кк":"\u2028"}';
    await database.query('select outbox_enqueue(gen_random_uuid(), $1, $2, $3, $4, null, null, $4)', [
      topic,
      'k',
      JSON.stringify({ body }),
      clock.now(),
    ]);
    await outbox.drainOnce();
    clock.advance(1001);
    await outbox.drainOnce();
    expect(bodies).toEqual([body, body]);
  });
});
