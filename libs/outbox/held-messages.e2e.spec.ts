import { describe, expect, it } from '@jest/globals';
import { LEASE_MS, outboxOperatorsWorld } from '../../test/support/outbox-operators-world.js';
import { until } from '../../test/support/until.js';

describe('operators and the outbox', () => {
  const { world, write, claim, clock, gate, rows } = outboxOperatorsWorld();

  describe('a message that another service holds', () => {
    it('is the one that waits for the topic and the key; there is none once it is done', async () => {
      const id = await write('a');
      await write('a', { to: world.retryableHandler.topic });
      await write('b');
      const held = (of: string, key: string) =>
        world.database.transaction((tx) => world.outbox.lockMessage(tx, of, key));
      expect(await held(world.topic, 'a')).toEqual({ id, attempts: 0, inFlight: false });
      expect(await held(world.topic, 'c')).toBeNull();
      expect(await held('topic-without-handler', 'a')).toBeNull();
      await claim(id);
      expect(await held(world.topic, 'a')).toEqual({ id, attempts: 1, inFlight: true });
      clock.advance(LEASE_MS);
      expect(await held(world.topic, 'a')).toEqual({ id, attempts: 1, inFlight: false });
      await world.outbox.drainOnce();
      expect(await held(world.topic, 'a')).toBeNull();
    });

    it('is not claimed until the transaction ends; the others are', async () => {
      await write('a');
      await write('b');
      await world.database.transaction(async (tx) => {
        await world.outbox.lockMessage(tx, world.topic, 'a');
        expect(await world.outbox.drainOnce()).toMatchObject({ claimed: 1, done: 1 });
      });
      expect(await world.outbox.drainOnce()).toMatchObject({ claimed: 1, done: 1 });
      expect(world.letterHandler.attempts).toEqual(['b/1', 'a/1']);
    });

    it('can be closed: it is done, and is not delivered', async () => {
      const id = await write('a');
      await world.database.transaction(async (tx) => {
        await world.outbox.lockMessage(tx, world.topic, 'a');
        await world.outbox.closeMessage(tx, id);
      });
      expect(await world.outbox.drainOnce()).toMatchObject({ claimed: 0 });
      expect(await world.outbox.listMessages({}, 10, null)).toMatchObject([
        { id, status: 'DONE', attempts: 0, doneAt: clock.now() },
      ]);
    });

    it('is closed only if the transaction that closes it commits', async () => {
      const id = await write('a');
      const rolledBack = world.database.transaction(async (tx) => {
        await world.outbox.lockMessage(tx, world.topic, 'a');
        await world.outbox.closeMessage(tx, id);
        throw new Error('changed our mind');
      });
      await expect(rolledBack).rejects.toThrow('changed our mind');
      expect(await world.outbox.drainOnce()).toMatchObject({ claimed: 1, done: 1 });
    });

    it('and that is closed while its attempt is under way stays closed; the attempt is informed that it lost its lease', async () => {
      const { passed, open } = gate();
      world.letterHandler.isDelivered = () => passed.then(() => false);
      const id = await write('a');
      const drained = world.outbox.drainOnce();
      await until(
        'its attempt is under way',
        () => world.letterHandler.attempts,
        (attempts) => attempts.length === 1,
      );
      await world.database.transaction(async (tx) => {
        expect(await world.outbox.lockMessage(tx, world.topic, 'a')).toEqual({ id, attempts: 1, inFlight: true });
        await world.outbox.closeMessage(tx, id);
      });
      open();
      await drained;
      expect(world.letterHandler.leasesLost).toEqual([true]);
      expect(await rows()).toMatchObject({ waiting: [], done: [{ id }] });
    });
  });
});
