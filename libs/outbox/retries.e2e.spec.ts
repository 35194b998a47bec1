import { describe, expect, it } from '@jest/globals';
import type { Tx } from '@mpp/platform';
import { v7 as uuidv7 } from 'uuid';
import { LEASE_MS, outboxOperatorsFixture } from '../../test/support/outbox-operators-fixture.js';
import { until } from '../../test/support/until.js';

const UNKNOWN_ID = '019b1f7e-4a31-7c3f-9a55-0d7a9c1b2e44';

describe('operators and the outbox', () => {
  const { fixture, write, clock, claim, rows, gate } = outboxOperatorsFixture();

  const note = (line: string) => async (tx: Tx) => void (await tx.query('insert into diary values ($1)', [line]));

  const untilALockIsAwaited = () =>
    until(
      'a transaction waits for a lock',
      () =>
        fixture.test.query(
          "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
        ),
      (waiting) => waiting.length > 0,
    );

  describe('a retry', () => {
    it('makes a waiting message due now', async () => {
      fixture.letterHandler.isDelivered = () => false;
      const id = await write('a');
      await fixture.outbox.drainOnce();
      await fixture.test.query("update outbox_messages set next_attempt_at = next_attempt_at + interval '10 seconds'");
      expect(await fixture.outbox.drainOnce()).toMatchObject({ claimed: 0 });
      fixture.letterHandler.isDelivered = () => true;
      expect(await fixture.outbox.retryMessage(id)).toMatchObject({
        id,
        status: 'WAITING',
        nextAttemptAt: clock.now(),
        attempts: 1,
      });
      expect(await fixture.outbox.drainOnce()).toEqual({ claimed: 1, done: 1, retried: 0 });
      expect(fixture.letterHandler.attempts).toEqual(['a/1', 'a/2']);
    });

    it('does not put a message before messages that have been due for longer', async () => {
      const id = await write('a');
      const since = clock.now();
      clock.advance(5000);
      expect(await fixture.outbox.retryMessage(id)).toMatchObject({ status: 'WAITING', nextAttemptAt: since });
    });

    it('makes a message due whose lease has ended, and keeps the ended lease for a late result', async () => {
      const id = await write('a');
      await claim(id);
      const { waiting } = await rows();
      clock.advance(LEASE_MS);
      expect(await fixture.outbox.retryMessage(id)).toMatchObject({ status: 'WAITING', nextAttemptAt: clock.now() });
      expect((await rows()).waiting).toEqual(waiting);
    });

    it('makes a done message due again byte for byte if its handler allows it', async () => {
      const payload = '{"b":1, "a":"1.00","b":2,\n"кк":"\\u2028"}';
      const id = await write('a', { to: fixture.retryableHandler.topic, payload });
      const createdAt = clock.now();
      await fixture.outbox.drainOnce();
      clock.advance(3_600_000);
      const retried = await fixture.outbox.retryMessage(id.toUpperCase());
      expect(retried).toMatchObject({
        id,
        topic: fixture.retryableHandler.topic,
        key: 'a',
        status: 'WAITING',
        attempts: 1,
      });
      expect(retried).toMatchObject({ nextAttemptAt: clock.now(), createdAt, doneAt: null });
      expect(fixture.retryableHandler.retryRequests).toMatchObject([{ id, status: 'DONE' }]);
      expect(await rows()).toMatchObject({ waiting: [{ body: payload, attempts: 1, lease: null }], done: [] });

      expect(await fixture.outbox.drainOnce()).toEqual({ claimed: 1, done: 1, retried: 0 });
      expect(fixture.retryableHandler.attempts).toEqual(['a/1', 'a/2']);
      expect(await rows()).toMatchObject({ waiting: [], done: [{ id, body: payload, attempts: 2 }] });
    });

    it('of a done message is refused if its handler has no canRetry, and if this process has no handler', async () => {
      const mine = await write('a');
      await fixture.outbox.drainOnce();
      await fixture.test.query('update outbox_done set topic = $2 where id = $1', [
        await doneCopyOf(mine),
        'topic-without-handler',
      ]);
      const before = await rows();
      for (const { id } of before.done)
        await expect(fixture.outbox.retryMessage(String(id), note('written'))).rejects.toMatchObject({
          code: 'STATE_CONFLICT',
        });
      expect(await rows()).toEqual(before);
    });

    it('that the handler refuses changes nothing, whether the message waits or is done', async () => {
      fixture.retryableHandler.allows = () => false;
      const done = await write('a', { to: fixture.retryableHandler.topic });
      await fixture.outbox.drainOnce();
      const waiting = await write('b', { to: fixture.retryableHandler.topic });
      const before = await rows();
      for (const id of [done, waiting])
        await expect(fixture.outbox.retryMessage(id, note('written'))).rejects.toMatchObject({
          code: 'STATE_CONFLICT',
        });
      expect(fixture.retryableHandler.retryRequests).toMatchObject([{ status: 'DONE' }, { status: 'WAITING' }]);
      expect(await rows()).toEqual(before);
    });

    it('does not change a message whose attempt is under way', async () => {
      const id = await write('a', { to: fixture.retryableHandler.topic });
      await claim(id);
      const before = await rows();
      expect(await fixture.outbox.retryMessage(id, note('written'))).toMatchObject({
        id,
        status: 'IN_FLIGHT',
        attempts: 1,
      });
      expect(fixture.retryableHandler.retryRequests).toEqual([]);
      expect(await rows()).toEqual(before);
    });

    it.each([
      ['that does not exist', UNKNOWN_ID],
      ['whose id is not a UUID', 'letter'],
      ['without an id', ''],
    ])('of a message %s is NOT_FOUND', async (_, id) => {
      await expect(fixture.outbox.retryMessage(id, note('written'))).rejects.toMatchObject({ code: 'NOT_FOUND' });
      expect((await rows()).diary).toEqual([]);
    });

    it('and its record are written in one transaction: both or neither', async () => {
      const id = await write('a', { to: fixture.retryableHandler.topic });
      await fixture.outbox.drainOnce();
      const before = await rows();
      const failing = fixture.outbox.retryMessage(id, async (tx, message) => {
        await note('retried')(tx);
        throw new Error(`cannot be recorded: ${message.status}`);
      });
      await expect(failing).rejects.toThrow('cannot be recorded: DONE');
      expect(await rows()).toEqual(before);
      await fixture.outbox.retryMessage(id, note('retried'));
      expect(await rows()).toMatchObject({ waiting: [{ id }], done: [], diary: ['retried'] });
    });

    it('locks the message before canRetry is called: no process claims it in between', async () => {
      const id = await write('a', { to: fixture.retryableHandler.topic });
      const claimed: number[] = [];
      fixture.retryableHandler.allows = async () => {
        claimed.push((await fixture.outbox.drainOnce()).claimed);
        return true;
      };
      await fixture.outbox.retryMessage(id);
      claimed.push((await fixture.outbox.drainOnce()).claimed);
      expect(claimed).toEqual([0, 1]);
    });

    it('by two operators at once makes the message due once', async () => {
      const id = await write('a', { to: fixture.retryableHandler.topic });
      await fixture.outbox.drainOnce();
      const { passed, open } = gate();
      const first = fixture.outbox.retryMessage(id, async (tx) => {
        await note('first')(tx);
        await passed;
      });
      await until(
        'the first has locked it',
        () => fixture.retryableHandler.retryRequests,
        (requests) => requests.length === 1,
      );
      const second = fixture.outbox.retryMessage(id, note('second'));
      await untilALockIsAwaited();
      open();
      expect(await Promise.all([first, second])).toMatchObject([
        { id, status: 'WAITING' },
        { id, status: 'WAITING' },
      ]);
      expect(fixture.retryableHandler.retryRequests).toMatchObject([{ status: 'DONE' }, { status: 'WAITING' }]);
      expect(await rows()).toMatchObject({ waiting: [{ id }], done: [], diary: ['first', 'second'] });
      expect(await fixture.outbox.drainOnce()).toEqual({ claimed: 1, done: 1, retried: 0 });
    });

    it('of a message that is settled at the same time finds it among the done messages', async () => {
      const id = await write('a', { to: fixture.retryableHandler.topic });
      const { passed, open } = gate();
      const settling = fixture.database.transaction(async (tx) => {
        await fixture.outbox.closeMessage(tx, id);
        await passed;
      });
      await until(
        'it is locked',
        () => fixture.test.query('select 1 from outbox_messages where id = $1 for update skip locked', [id]),
        (free) => free.length === 0,
      );
      const retried = fixture.outbox.retryMessage(id);
      await untilALockIsAwaited();
      open();
      await settling;
      expect(await retried).toMatchObject({ id, status: 'WAITING' });
      expect(fixture.retryableHandler.retryRequests).toMatchObject([{ status: 'DONE' }]);
      expect(await rows()).toMatchObject({ waiting: [{ id }], done: [] });
    });

    /** A second done message, for a topic without a handler in this process. */
    async function doneCopyOf(id: string): Promise<string> {
      const copy = uuidv7();
      await fixture.test.query(
        `insert into outbox_done (id, topic, key, payload, attempts, last_error, created_at, done_at)
         select $2, topic, key, payload, attempts, last_error, created_at, done_at
         from outbox_done where id = $1`,
        [id, copy],
      );
      return copy;
    }
  });
});
