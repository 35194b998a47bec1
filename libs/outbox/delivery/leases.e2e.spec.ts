import { describe, expect, it } from '@jest/globals';
import { openReservation } from '../../../test/support/open-reservation.js';
import { LEASE_MS, outboxFixture, ParcelHandler } from '../../../test/support/outbox-fixture.js';
import { Outbox } from '../outbox.js';

describe('the outbox', () => {
  const { fixture, newTopic, startProcess, enqueue, waiting } = outboxFixture();

  /** A message whose reserved attempt comes when its lease is nearly over. */
  async function committedLate(outbox: Outbox, topic: string): Promise<void> {
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
    fixture.clock.advance(3000);
    reservation.commit();
    await outbox.drainOnce();
  }

  it('claims a message of a dead process when its lease has ended, and not before', async () => {
    const handler = new ParcelHandler(newTopic());
    const outbox = await startProcess(handler);
    await enqueue(handler.topic, 1);
    const leasedUntil = new Date(fixture.clock.now().getTime() + LEASE_MS);
    await fixture.database.query(
      'update outbox_messages set attempts = 1, lease = gen_random_uuid(), next_attempt_at = $2 where topic = $1',
      [handler.topic, leasedUntil],
    );
    fixture.clock.advance(LEASE_MS - 1);
    expect(await outbox.drainOnce()).toMatchObject({ claimed: 0 });
    fixture.clock.advance(1);
    expect(await outbox.drainOnce()).toEqual({ claimed: 1, done: 1, retried: 0 });
    expect(handler.recorded).toEqual(['1/2']);
  });

  it('a failed attempt that ends after its lease does not change a message that another process has claimed since', async () => {
    const topic = newTopic();
    let release: (result: string) => void = () => undefined;
    const slow = new ParcelHandler(
      topic,
      8,
      () =>
        new Promise((resolve) => {
          release = resolve;
        }),
    );
    const quick = new ParcelHandler(topic, 8, () => 'still not');
    const [slowOutbox, quickOutbox] = [await startProcess(slow), await startProcess(quick)];
    await enqueue(topic, 1);
    const late = slowOutbox.drainOnce();
    while (slow.atOnce === 0) await new Promise((resolve) => setImmediate(resolve));
    fixture.clock.advance(LEASE_MS);
    await quickOutbox.drainOnce();
    release('too late');
    await late;
    expect(await waiting(topic)).toMatchObject([{ attempts: 2, last_error: 'still not' }]);
  });

  it('the handler is told when it settles an attempt that lost its lease to another attempt', async () => {
    const topic = newTopic();
    let release: (result: string) => void = () => undefined;
    const slow = new ParcelHandler(
      topic,
      8,
      () =>
        new Promise((resolve) => {
          release = resolve;
        }),
    );
    const quick = new ParcelHandler(topic);
    const [slowOutbox, quickOutbox] = [await startProcess(slow), await startProcess(quick)];
    await enqueue(topic, 1);
    const late = slowOutbox.drainOnce();
    while (slow.atOnce === 0) await new Promise((resolve) => setImmediate(resolve));
    fixture.clock.advance(LEASE_MS);
    await quickOutbox.drainOnce();
    release('ok');
    await late;
    expect([quick.leasesLost, slow.leasesLost]).toEqual([[false], [true]]);
  });

  it('a message whose lease has nearly ended is released and not attempted', async () => {
    const handler = new ParcelHandler(newTopic());
    const outbox = await startProcess(handler);
    await committedLate(outbox, handler.topic);
    expect(handler.delivered).toEqual([]);
    fixture.clock.advance(1001);
    await outbox.drainOnce();
    expect(handler.recorded).toEqual(['1/2']);
    expect(handler.delivered).toEqual([1]);
  });

  it('recordNotSent is called for an attempt that was not made, before the message is released', async () => {
    const handler = new ParcelHandler(newTopic());
    const outbox = await startProcess(handler);
    let then: unknown[] = [];
    handler.onNotSent = async () => {
      then = await waiting(handler.topic);
    };
    await committedLate(outbox, handler.topic);
    expect(handler.notSent).toEqual(['1/1']);
    expect(then).toMatchObject([{ attempts: 1, lease: expect.any(String), last_error: null }]);
    expect(await waiting(handler.topic)).toMatchObject([
      { lease: null, last_error: 'too little of the lease is left for an attempt' },
    ]);
    fixture.clock.advance(1001);
    expect(await outbox.drainOnce()).toEqual({ claimed: 1, done: 1, retried: 0 });
    expect(handler.notSent).toEqual(['1/1']);
  });

  it('a handler whose recordNotSent fails does not keep the message leased', async () => {
    const handler = new ParcelHandler(newTopic());
    const outbox = await startProcess(handler);
    handler.onNotSent = () => Promise.reject(new Error('the book is closed'));
    await committedLate(outbox, handler.topic);
    expect(await waiting(handler.topic)).toMatchObject([
      { lease: null, last_error: 'too little of the lease is left for an attempt' },
    ]);
    fixture.clock.advance(1001);
    expect(await outbox.drainOnce()).toEqual({ claimed: 1, done: 1, retried: 0 });
  });
});
