import { describe, expect, it } from '@jest/globals';
import { openReservation } from '../../../test/support/open-reservation.js';
import { outboxFixture, ParcelHandler } from '../../../test/support/outbox-fixture.js';

describe('the outbox', () => {
  const { fixture, newTopic, startProcess, enqueue } = outboxFixture();

  it('a message whose attempt or settling always fails does not delay others', async () => {
    const handler = new ParcelHandler(
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
    const outbox = await startProcess(handler);
    await enqueue(handler.topic, 1, 2, 3, 4, 5);
    expect(await outbox.drainOnce()).toEqual({ claimed: 5, done: 3, retried: 2 });
    const left = await fixture.database.query(
      'select key, last_error from outbox_messages where topic = $1 order by key',
      [handler.topic],
    );
    expect(left).toEqual([
      { key: 'parcel-1', last_error: 'poison in the attempt' },
      { key: 'parcel-2', last_error: 'poison in the settling' },
    ]);
  });

  it('never makes more attempts at once than the topic allows', async () => {
    const handler = new ParcelHandler(newTopic(), 3, () => new Promise((resolve) => setImmediate(() => resolve('ok'))));
    const outbox = await startProcess(handler);
    await enqueue(handler.topic, ...Array.from({ length: 20 }, (_, number) => number));
    expect(await outbox.drainOnce()).toEqual({ claimed: 20, done: 20, retried: 0 });
    expect(handler.mostAtOnce).toBe(3);
  });

  it('settles an attempt that finishes while the actions after the previous commit run', async () => {
    let second: (result: string) => void = () => undefined;
    const handler = new ParcelHandler(newTopic(), 8, ({ number }) =>
      number === 1
        ? 'ok'
        : new Promise((resolve) => {
            second = resolve;
          }),
    );
    handler.afterCommit = () => second('ok');
    const outbox = await startProcess(handler);
    await enqueue(handler.topic, 1, 2);
    expect(await outbox.drainOnce()).toEqual({ claimed: 2, done: 2, retried: 0 });
  });

  it('drains while an uncommitted transaction has reserved the only place, and waits for it', async () => {
    const handler = new ParcelHandler(newTopic(), 1);
    const outbox = await startProcess(handler);
    await enqueue(handler.topic, 1);
    const reservation = openReservation(outbox, handler.topic);
    const drained = outbox.drainOnce();
    reservation.rollBack();
    expect(await drained).toEqual({ claimed: 1, done: 1, retried: 0 });
  });

  it('settles attempts of one key in separate transactions: the second sees what the first changed', async () => {
    const sets: number[][] = [];
    const handler = new ParcelHandler(
      newTopic(),
      8,
      () => 'ok',
      (_, parcels) => void sets.push(parcels.map(({ number }) => number)),
    );
    const outbox = await startProcess(handler);
    await fixture.database.query(
      `select outbox_enqueue(gen_random_uuid(), $1, 'the same', json_build_object('number', n), $2, null, null, $2) from generate_series(1, 5) n`,
      [handler.topic, fixture.clock.now()],
    );
    await outbox.drainOnce();
    expect(sets.map((set) => set.length)).toEqual([1, 1, 1, 1, 1]);
    expect(sets.flat().sort()).toEqual([1, 2, 3, 4, 5]);
  });

  it('a topic whose attempts do not end does not delay other topics', async () => {
    let release: () => void = () => undefined;
    const hanging = new ParcelHandler(
      newTopic(),
      1,
      () =>
        new Promise((resolve) => {
          release = () => resolve('ok');
        }),
    );
    const brisk = new ParcelHandler(newTopic());
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
});
