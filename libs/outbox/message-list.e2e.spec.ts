import { describe, expect, it } from '@jest/globals';
import { LEASE_MS, outboxOperatorsFixture } from '../../test/support/outbox-operators-fixture.js';
import type { OutboxMessageView } from './domain/message.js';
import { Outbox } from './outbox.js';

describe('operators and the outbox', () => {
  const { fixture, write, clock, claim } = outboxOperatorsFixture();

  const keys = (messages: readonly OutboxMessageView[]) => messages.map(({ key }) => key);

  describe('the list of messages', () => {
    it('shows waiting, in-flight and done messages, newest first', async () => {
      const done = await write('a');
      await fixture.outbox.drainOnce();
      const doneAt = clock.now();
      fixture.letterHandler.isDelivered = () => false;
      const failed = await write('b');
      const failedAt = clock.now();
      await fixture.outbox.drainOnce();
      const flying = await write('c');
      await claim(flying);
      const common = { topic: fixture.topic, payload: { text: 'hello' }, attempts: 1 };
      expect(await fixture.outbox.listMessages({}, 10, null)).toEqual([
        {
          ...common,
          id: flying,
          key: 'c',
          status: 'IN_FLIGHT',
          nextAttemptAt: new Date(clock.now().getTime() + LEASE_MS),
          lastError: null,
          createdAt: clock.now(),
          doneAt: null,
        },
        {
          ...common,
          id: failed,
          key: 'b',
          status: 'WAITING',
          nextAttemptAt: expect.any(Date),
          lastError: 'moved away',
          createdAt: failedAt,
          doneAt: null,
        },
        {
          ...common,
          id: done,
          key: 'a',
          status: 'DONE',
          nextAttemptAt: null,
          lastError: null,
          createdAt: doneAt,
          doneAt,
        },
      ]);
    });

    it('shows a message as waiting again when its lease has ended', async () => {
      await claim(await write('a'));
      const status = async () => (await fixture.outbox.listMessages({}, 1, null))[0]?.status;
      clock.advance(LEASE_MS - 1);
      expect(await status()).toBe('IN_FLIGHT');
      clock.advance(1);
      expect(await status()).toBe('WAITING');
    });

    it('can be filtered by status, by topic, by key, and by several of them', async () => {
      await write('a');
      await write('b');
      await fixture.outbox.drainOnce();
      await write('a');
      await write('a', { to: fixture.retryableHandler.topic });
      await claim(await write('c'));
      const found = async (filter: Parameters<Outbox['listMessages']>[0]) =>
        keys(await fixture.outbox.listMessages(filter, 10, null));
      expect(await found({})).toEqual(['c', 'a', 'a', 'b', 'a']);
      expect(await found({ status: 'WAITING' })).toEqual(['a', 'a']);
      expect(await found({ status: 'IN_FLIGHT' })).toEqual(['c']);
      expect(await found({ status: 'DONE' })).toEqual(['b', 'a']);
      expect(await found({ topic: fixture.topic })).toEqual(['c', 'a', 'b', 'a']);
      expect(await found({ key: 'a' })).toEqual(['a', 'a', 'a']);
      expect(await found({ key: 'a', topic: fixture.topic })).toEqual(['a', 'a']);
      expect(await found({ key: 'a', topic: fixture.topic, status: 'DONE' })).toEqual(['a']);
      expect(await found({ key: 'c', status: 'DONE' })).toEqual([]);
      expect(await found({ topic: 'topic-without-handler' })).toEqual([]);
    });

    it('is read page by page, without gaps or repeats while messages are added and done', async () => {
      const expected: string[] = [];
      for (let number = 1; number <= 8; number++) {
        expected.unshift(await write(`letter-${number}`));
        if (number % 3 === 0) await fixture.outbox.drainOnce();
      }
      const seen: string[] = [];
      let after: { at: Date; id: string } | null = null;
      for (;;) {
        const page: OutboxMessageView[] = await fixture.outbox.listMessages({}, 3, after);
        seen.push(...page.map(({ id }) => id));
        const last = page.at(-1);
        if (last === undefined) break;
        after = { at: last.createdAt, id: last.id };
        await write('a newer one');
        await fixture.outbox.drainOnce();
      }
      expect(seen).toEqual(expected);
    });

    it('of one key starts with the oldest message', async () => {
      const first = await write('a');
      await write('b');
      await fixture.outbox.drainOnce();
      const second = await write('a', { to: fixture.retryableHandler.topic });
      expect((await fixture.outbox.findByKey('a')).map(({ id, status }) => [id, status])).toEqual([
        [first, 'DONE'],
        [second, 'WAITING'],
      ]);
      expect(await fixture.outbox.findByKey('c')).toEqual([]);
    });
  });
});
