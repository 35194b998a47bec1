import { describe, expect, it } from '@jest/globals';
import { Database } from '@mpp/platform';
import { openReservation } from '../../../test/support/open-reservation.js';
import { outboxFixture, ParcelHandler } from '../../../test/support/outbox-fixture.js';

describe('the outbox', () => {
  const { fixture, newTopic, startProcess, enqueue, waiting, processes } = outboxFixture();

  const done = (topic: string) => fixture.database.query('select * from outbox_done where topic = $1', [topic]);

  it('delivers due messages, records each attempt before it is made, and moves done messages to outbox_done', async () => {
    const handler = new ParcelHandler(newTopic());
    const outbox = await startProcess(handler);
    await enqueue(handler.topic, 1, 2, 3);
    expect(await outbox.drainOnce()).toEqual({ claimed: 3, done: 3, retried: 0 });
    expect(handler.delivered.sort()).toEqual([1, 2, 3]);
    expect(handler.recorded.sort()).toEqual(['1/1', '2/1', '3/1']);
    expect(await waiting(handler.topic)).toEqual([]);
    expect(await done(handler.topic)).toHaveLength(3);
    expect(await outbox.drainOnce()).toEqual({ claimed: 0, done: 0, retried: 0 });
  });

  it('repeats a failed attempt with growing pauses, and stores its error', async () => {
    const handler = new ParcelHandler(newTopic(), 8, (_, attempts) => (attempts < 3 ? 'recipient absent' : 'ok'));
    const outbox = await startProcess(handler);
    await enqueue(handler.topic, 1);
    expect(await outbox.drainOnce()).toEqual({ claimed: 1, done: 0, retried: 1 });
    expect(await waiting(handler.topic)).toMatchObject([{ attempts: 1, last_error: 'recipient absent', lease: null }]);
    fixture.clock.advance(1001);
    await outbox.drainOnce();
    fixture.clock.advance(2001);
    expect(await outbox.drainOnce()).toEqual({ claimed: 1, done: 1, retried: 0 });
    expect(handler.recorded).toEqual(['1/1', '1/2', '1/3']);
  });

  it('shares the work between processes: each message is delivered by one of them', async () => {
    const topic = newTopic();
    const handlers = [new ParcelHandler(topic), new ParcelHandler(topic), new ParcelHandler(topic)];
    const outboxes = await Promise.all(handlers.map((handler) => startProcess(handler)));
    const numbers = Array.from({ length: 60 }, (_, number) => number);
    await enqueue(topic, ...numbers);
    const reports = await Promise.all(outboxes.map((outbox) => outbox.drainOnce()));
    expect(reports.reduce((sum, { done: count }) => sum + count, 0)).toBe(60);
    expect(handlers.flatMap(({ delivered }) => delivered).sort((a, b) => a - b)).toEqual(numbers);
  });

  it('a message with a reservation is sent at once by the process that wrote it, and by no other process', async () => {
    const topic = newTopic();
    const [mine, theirs] = [new ParcelHandler(topic), new ParcelHandler(topic)];
    const [outbox, other] = [await startProcess(mine), await startProcess(theirs)];
    const reservation = openReservation(outbox, topic, 'parcel-1', { number: 1 });
    await fixture.database.query('select outbox_enqueue($1, $2, $3, $4, $5, $6, null, $7)', [
      reservation.id,
      topic,
      'parcel-1',
      { number: 1 },
      reservation.nextAttemptAt,
      reservation.lease,
      fixture.clock.now(),
    ]);
    expect(await other.drainOnce()).toMatchObject({ claimed: 0 });
    reservation.commit();
    await outbox.drainOnce();
    expect(mine.delivered).toEqual([1]);
    expect(theirs.delivered).toEqual([]);
    expect(await done(topic)).toMatchObject([{ attempts: 1 }]);
  });

  it('a message for which no place is free is due at once for any process', async () => {
    const handler = new ParcelHandler(newTopic(), 1);
    const outbox = await startProcess(handler);
    const first = openReservation(outbox, handler.topic);
    expect(first.lease).not.toBeNull();
    expect(openReservation(outbox, handler.topic)).toMatchObject({ lease: null, nextAttemptAt: fixture.clock.now() });
    first.rollBack();
    expect(openReservation(outbox, handler.topic).lease).not.toBeNull();
  });

  it('a message does not exist if the transaction that wrote it rolls back', async () => {
    const handler = new ParcelHandler(newTopic());
    const outbox = await startProcess(handler);
    const rolledBack = processes
      .at(-1)
      ?.get(Database)
      .transaction(async (tx) => {
        await tx.query('select outbox_enqueue(gen_random_uuid(), $1, $2, $3, $4, null, null, $4)', [
          handler.topic,
          'k',
          { number: 1 },
          fixture.clock.now(),
        ]);
        throw new Error('changed our mind');
      });
    await expect(rolledBack).rejects.toThrow('changed our mind');
    expect(await outbox.drainOnce()).toMatchObject({ claimed: 0 });
  });

  it('keeps the payload byte for byte, so that a repeat is the same request', async () => {
    const bodies: string[] = [];
    const topic = newTopic();
    const handler = new ParcelHandler(topic, 8, (parcel) => {
      bodies.push((parcel as unknown as { body: string }).body);
      return bodies.length < 2 ? 'again' : 'ok';
    });
    const outbox = await startProcess(handler);
    const body = '{"b":1,"a":"1.00","b":2,"кк":"\u2028"}';
    await fixture.database.query('select outbox_enqueue(gen_random_uuid(), $1, $2, $3, $4, null, null, $4)', [
      topic,
      'k',
      JSON.stringify({ body }),
      fixture.clock.now(),
    ]);
    await outbox.drainOnce();
    fixture.clock.advance(1001);
    await outbox.drainOnce();
    expect(bodies).toEqual([body, body]);
  });
});
