import { describe, expect, it } from '@jest/globals';
import { LEASE_MS, outboxOperatorsFixture } from '../../test/support/outbox-operators-fixture.js';
import { until } from '../../test/support/until.js';

describe('operators and the outbox', () => {
  const { fixture, write, claim, clock, gate, rows } = outboxOperatorsFixture();

  describe('a message that another service locks', () => {
    it('is the waiting message of the topic and key; a done message is not locked', async () => {
      const id = await write('a');
      await write('a', { to: fixture.retryableHandler.topic });
      await write('b');
      const held = (of: string, key: string) =>
        fixture.database.transaction((tx) => fixture.outbox.lockMessage(tx, of, key));
      expect(await held(fixture.topic, 'a')).toEqual({ id, attempts: 0, inFlight: false });
      expect(await held(fixture.topic, 'c')).toBeNull();
      expect(await held('topic-without-handler', 'a')).toBeNull();
      await claim(id);
      expect(await held(fixture.topic, 'a')).toEqual({ id, attempts: 1, inFlight: true });
      clock.advance(LEASE_MS);
      expect(await held(fixture.topic, 'a')).toEqual({ id, attempts: 1, inFlight: false });
      await fixture.outbox.drainOnce();
      expect(await held(fixture.topic, 'a')).toBeNull();
    });

    it('is not claimed until the transaction ends; other messages are', async () => {
      await write('a');
      await write('b');
      await fixture.database.transaction(async (tx) => {
        await fixture.outbox.lockMessage(tx, fixture.topic, 'a');
        expect(await fixture.outbox.drainOnce()).toMatchObject({ claimed: 1, done: 1 });
      });
      expect(await fixture.outbox.drainOnce()).toMatchObject({ claimed: 1, done: 1 });
      expect(fixture.letterHandler.attempts).toEqual(['b/1', 'a/1']);
    });

    it('can be closed: it is done and is not delivered', async () => {
      const id = await write('a');
      await fixture.database.transaction(async (tx) => {
        await fixture.outbox.lockMessage(tx, fixture.topic, 'a');
        await fixture.outbox.closeMessage(tx, id);
      });
      expect(await fixture.outbox.drainOnce()).toMatchObject({ claimed: 0 });
      expect(await fixture.outbox.listMessages({}, 10, null)).toMatchObject([
        { id, status: 'DONE', attempts: 0, doneAt: clock.now() },
      ]);
    });

    it('is closed only if the transaction that closes it commits', async () => {
      const id = await write('a');
      const rolledBack = fixture.database.transaction(async (tx) => {
        await fixture.outbox.lockMessage(tx, fixture.topic, 'a');
        await fixture.outbox.closeMessage(tx, id);
        throw new Error('changed our mind');
      });
      await expect(rolledBack).rejects.toThrow('changed our mind');
      expect(await fixture.outbox.drainOnce()).toMatchObject({ claimed: 1, done: 1 });
    });

    it('and closes during an attempt stays closed; the attempt is settled as one that lost its lease', async () => {
      const { passed, open } = gate();
      fixture.letterHandler.isDelivered = () => passed.then(() => false);
      const id = await write('a');
      const drained = fixture.outbox.drainOnce();
      await until(
        'its attempt is under way',
        () => fixture.letterHandler.attempts,
        (attempts) => attempts.length === 1,
      );
      await fixture.database.transaction(async (tx) => {
        expect(await fixture.outbox.lockMessage(tx, fixture.topic, 'a')).toEqual({ id, attempts: 1, inFlight: true });
        await fixture.outbox.closeMessage(tx, id);
      });
      open();
      await drained;
      expect(fixture.letterHandler.leasesLost).toEqual([true]);
      expect(await rows()).toMatchObject({ waiting: [], done: [{ id }] });
    });
  });
});
