import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { addMilliseconds } from '@mpp/kernel';
import type { Tx } from '@mpp/platform';
import type { INestApplicationContext } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { createDatabase, type TestDatabase } from '../../../test/support/database.js';
import { startOutboxProcess } from '../../../test/support/outbox-process.js';
import { TestClock } from '../../../test/support/test-clock.js';
import type { OutboxMessage, OutboxMessageView } from '../domain/message.js';
import { Outbox } from '../outbox.js';
import type { Disposition, FinishedAttempt, OutboxHandler } from './outbox-handler.js';

const PAUSE_MS = 3_600_000;

/** Handles one order at a time; a test decides which attempts succeed, and by when the others are repeated. */
class OrderHandler implements OutboxHandler<unknown, boolean> {
  readonly attemptMs = 8000;
  readonly backoff = { baseMs: PAUSE_MS, maxMs: PAUSE_MS };
  readonly handledKeys: string[] = [];
  readonly retriedMessages: OutboxMessageView[] = [];
  /** The attempt, by its number, from which on it succeeds. */
  succeedsFrom = 1;
  by: Date | undefined;
  /** Orders that fail wait for something that may never come. */
  yields = false;

  constructor(
    readonly topic: string,
    readonly deadlineFirst: boolean,
    readonly concurrency = 1,
  ) {}

  async attempt({ key, attempts }: OutboxMessage<unknown>): Promise<boolean> {
    this.handledKeys.push(key);
    return attempts >= this.succeedsFrom;
  }

  async settle(_: Tx, attempts: readonly FinishedAttempt<unknown, boolean>[]): Promise<Disposition[]> {
    const again = { kind: 'retry', error: 'failed', ...(this.by !== undefined && { by: this.by }) } as const;
    const failed = this.yields ? ({ ...again, yields: true } as const) : again;
    return attempts.map(({ result }) => (result ? { kind: 'done' } : failed));
  }

  async canRetry(): Promise<boolean> {
    return true;
  }

  async onRetry(tx: Tx, message: OutboxMessageView): Promise<void> {
    await tx.query('insert into order_log values ($1)', [message.key]);
    this.retriedMessages.push(message);
  }
}

describe('the outbox and deadlines', () => {
  const clock = new TestClock();
  let test: TestDatabase;
  let app: INestApplicationContext;
  let outbox: Outbox;
  let handler: OrderHandler;
  let topics = 0;

  beforeAll(async () => {
    test = await createDatabase();
    await test.query('create table order_log (line text not null); grant insert on order_log to public');
    app = await startOutboxProcess(test.url, clock);
    outbox = app.get(Outbox);
  });

  afterAll(async () => {
    await app.close();
    await test.drop();
  });

  beforeEach(async () => {
    await test.query('truncate outbox_messages, outbox_done, order_log');
    handler = newHandler(true);
  });

  function newHandler(deadlineFirst: boolean, concurrency = 1): OrderHandler {
    const one = new OrderHandler(`orders-${++topics}`, deadlineFirst, concurrency);
    outbox.register(one, one);
    return one;
  }

  const later = (milliseconds: number) => addMilliseconds(clock.now(), milliseconds);

  async function order(key: string, due: Date, deadline: Date | null, topic = handler.topic): Promise<string> {
    const id = uuidv7();
    await test.query(`select outbox_enqueue($1, $2, $3, '{}', $4, null, $5, $6)`, [
      id,
      topic,
      key,
      due,
      deadline,
      clock.now(),
    ]);
    return id;
  }

  async function nextAttempt(id: string): Promise<Date | null | undefined> {
    return (await outbox.findWaiting([id])).get(id)?.nextAttemptAt;
  }

  describe('a topic with deadlineFirst', () => {
    it('claims messages in order of deadline, those without one last', async () => {
      await order('none', later(-9000), null);
      await order('late', later(-3000), later(60_000));
      await order('over', later(-1000), later(-60_000));
      await order('soon', later(-2000), later(1000));
      await order('none, since yesterday', later(-86_400_000), null);
      await order('not due', later(1), later(-90_000));
      expect(await outbox.drainOnce()).toEqual({ claimed: 5, done: 5, retried: 0 });
      expect(handler.handledKeys).toEqual(['over', 'soon', 'late', 'none, since yesterday', 'none']);
    });

    it('prefers urgent messages to messages that yielded', async () => {
      handler.yields = true;
      handler.succeedsFrom = 2;
      for (const key of ['hopeless 1', 'hopeless 2']) await order(key, later(-1000), later(-60_000));
      await outbox.drainOnce();
      await test.query(`update outbox_messages set next_attempt_at = $1`, [later(-5000)]);
      handler.succeedsFrom = 1;
      handler.handledKeys.length = 0;
      await order('urgent', clock.now(), later(60_000));
      await outbox.drainOnce();
      expect(handler.handledKeys[0]).toBe('urgent');
      expect(handler.handledKeys.slice(1).sort()).toEqual(['hopeless 1', 'hopeless 2']);
    });

    it('is different from one without, which claims the longest due messages first', async () => {
      const other = newHandler(false);
      await order('second', later(-1000), later(-60_000), other.topic);
      await order('first', later(-2000), null, other.topic);
      await outbox.drainOnce();
      expect(other.handledKeys).toEqual(['first', 'second']);
    });

    it('claims no more messages than it has places, with and without a deadline together', async () => {
      const wide = newHandler(true, 3);
      for (const key of ['1', '2']) await order(key, clock.now(), later(1000), wide.topic);
      for (const key of ['3', '4']) await order(key, clock.now(), null, wide.topic);
      expect(await outbox.drainOnce()).toEqual({ claimed: 4, done: 4, retried: 0 });
      expect(wide.handledKeys.slice(0, 3).sort()).toEqual(expect.arrayContaining(['1', '2']));
    });
  });

  describe('the next attempt', () => {
    beforeEach(() => {
      handler.succeedsFrom = Number.POSITIVE_INFINITY;
    });

    it('is made at the time that the handler sets, if the pause is longer', async () => {
      handler.by = later(1);
      const id = await order('a', clock.now(), null);
      await outbox.drainOnce();
      expect(await nextAttempt(id)).toEqual(later(1));
    });

    it('is made after the pause if the handler sets a later time or none', async () => {
      const ids = [await order('a', clock.now(), null)];
      await outbox.drainOnce();
      handler.by = later(2 * PAUSE_MS);
      ids.push(await order('b', clock.now(), null));
      await outbox.drainOnce();
      for (const id of ids) {
        const next = (await nextAttempt(id))?.getTime() ?? 0;
        expect(next).toBeGreaterThan(clock.now().getTime());
        expect(next).toBeLessThanOrEqual(later(PAUSE_MS).getTime());
      }
    });

    it('is made at once if the time that the handler sets is past', async () => {
      handler.by = later(-1);
      const id = await order('a', clock.now(), null);
      handler.succeedsFrom = 3;
      expect(await outbox.drainOnce()).toEqual({ claimed: 3, done: 1, retried: 2 });
      expect(await nextAttempt(id)).toBeUndefined();
    });
  });

  describe('an operator’s retry', () => {
    it('lets the handler write the consequences, in the same transaction', async () => {
      const id = await order('a', later(1000), null);
      const failing = outbox.retryMessage(id, async () => {
        throw new Error('cannot be recorded');
      });
      await expect(failing).rejects.toThrow('cannot be recorded');
      expect(await test.query('select * from order_log')).toEqual([]);
      await outbox.retryMessage(id);
      expect(await test.query('select * from order_log')).toEqual([{ line: 'a' }]);
      expect(handler.retriedMessages.at(-1)).toMatchObject({ id, status: 'WAITING', nextAttemptAt: later(1000) });
    });
  });

  it('keeps the deadline of a done message that is retried', async () => {
    const id = await order('again', clock.now(), later(1000));
    await outbox.drainOnce();
    await outbox.retryMessage(id);
    await order('after it', clock.now(), later(2000));
    await order('before it', clock.now(), later(500));
    await outbox.drainOnce();
    expect(handler.handledKeys).toEqual(['again', 'before it', 'again', 'after it']);
  });

  it('finds those of the given messages that are not done', async () => {
    const [first, second] = [await order('a', clock.now(), null), await order('b', later(1000), null)];
    expect([...(await outbox.findWaiting([second, first, uuidv7()])).keys()].sort()).toEqual([first, second].sort());
    await outbox.drainOnce();
    const waiting = await outbox.findWaiting([first, second]);
    expect([...waiting.values()]).toMatchObject([
      { id: second, key: 'b', status: 'WAITING', nextAttemptAt: later(1000) },
    ]);
    expect(await outbox.findWaiting([])).toEqual(new Map());
  });
});
