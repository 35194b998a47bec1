import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Settings } from '@mpp/config';
import { Database, PlatformModule, type Tx } from '@mpp/platform';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { v7 as uuidv7 } from 'uuid';
import { createDatabase, type TestDatabase } from '../../test/support/database.js';
import { QUIET } from '../../test/support/mpp.js';
import { TestClock } from '../../test/support/test-clock.js';
import { until } from '../../test/support/until.js';
import type { OutboxMessage, OutboxMessageView } from './domain/message.js';
import type { Disposition, FinishedAttempt, OutboxHandler } from './handler.js';
import { Outbox } from './outbox.js';
import { OutboxModule } from './outbox.module.js';

const LEASE_MS = 10_000;
const PAUSE_MS = 60_000;
const NOBODY = '019b1f7e-4a31-7c3f-9a55-0d7a9c1b2e44';

/** Delivers letters; a test says which arrive. */
class Postman implements OutboxHandler<unknown, boolean> {
  readonly concurrency = 8;
  readonly attemptMs = LEASE_MS - 2000;
  readonly backoff = { baseMs: PAUSE_MS, maxMs: PAUSE_MS };
  readonly attempts: string[] = [];
  readonly leasesLost: boolean[] = [];
  arrives: (key: string) => boolean | Promise<boolean> = () => true;

  constructor(readonly topic: string) {}

  async attempt({ key, attempts }: OutboxMessage<unknown>): Promise<boolean> {
    this.attempts.push(`${key}/${attempts}`);
    return this.arrives(key);
  }

  async settle(_: Tx, attempts: readonly FinishedAttempt<unknown, boolean>[]): Promise<Disposition[]> {
    this.leasesLost.push(...attempts.map(({ leaseLost }) => leaseLost));
    return attempts.map(({ result }) => (result ? { kind: 'done' } : { kind: 'retry', error: 'moved away' }));
  }
}

/** Also knows of which letters an operator may have another copy sent. */
class RegisteredPostman extends Postman {
  readonly asked: OutboxMessageView[] = [];
  allows: (tx: Tx, message: OutboxMessageView) => boolean | Promise<boolean> = () => true;

  async canRetry(tx: Tx, message: OutboxMessageView): Promise<boolean> {
    this.asked.push(message);
    return this.allows(tx, message);
  }
}

describe('operators and the outbox', () => {
  const clock = new TestClock();
  let test: TestDatabase;
  let app: INestApplicationContext;
  let database: Database;
  let outbox: Outbox;
  let topic: string;
  let postman: Postman;
  let registered: RegisteredPostman;
  let topics = 0;

  beforeAll(async () => {
    test = await createDatabase();
    await test.query('create table diary (line text not null); grant insert on diary to public');
    const settings = Settings.read({
      ...QUIET,
      DATABASE_URL: test.url,
      KASPI_BASE_URL: 'http://127.0.0.1:9',
      BACKGROUND_WORK: 'off',
    });
    const root = {
      module: class Root {},
      imports: [PlatformModule.with({ settings, clock }), OutboxModule],
    };
    app = await NestFactory.createApplicationContext(root, { logger: false });
    database = app.get(Database);
    outbox = app.get(Outbox);
  });

  afterAll(async () => {
    await app.close();
    await test.drop();
  });

  beforeEach(async () => {
    await test.query('truncate outbox_messages, outbox_done, diary');
    topic = `letters-${++topics}`;
    postman = new Postman(topic);
    registered = new RegisteredPostman(`registered-${topics}`);
    outbox.register(postman);
    outbox.register(registered);
  });

  /** Writes a message that is due at once; each is a second younger than the one before. */
  async function write(key: string, { to = topic, payload = '{"text":"hello"}' } = {}): Promise<string> {
    clock.advance(1000);
    const id = uuidv7({ msecs: clock.now().getTime() });
    await test.query('select outbox_enqueue($1, $2, $3, $4, $5, null, null, $5)', [id, to, key, payload, clock.now()]);
    return id;
  }
  const claim = (id: string) =>
    test.query(
      'update outbox_messages set attempts = attempts + 1, lease = gen_random_uuid(), next_attempt_at = $2 where id = $1',
      [id, new Date(clock.now().getTime() + LEASE_MS)],
    );
  const keys = (messages: readonly OutboxMessageView[]) => messages.map(({ key }) => key);
  const rows = async () => ({
    waiting: await test.query('select *, payload::text as body from outbox_messages order by id'),
    done: await test.query('select *, payload::text as body from outbox_done order by id'),
    diary: (await test.query<{ line: string }>('select line from diary')).map(({ line }) => line),
  });
  const note = (line: string) => async (tx: Tx) => void (await tx.query('insert into diary values ($1)', [line]));
  const somebodyWaitsForALock = () =>
    until(
      'somebody waits for a lock',
      () =>
        test.query("select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"),
      (waiting) => waiting.length > 0,
    );
  /** A door that a transaction stands at until the test opens it. */
  function gate(): { passed: Promise<void>; open: () => void } {
    let open: () => void = () => undefined;
    const passed = new Promise<void>((resolve) => {
      open = resolve;
    });
    return { passed, open };
  }

  describe('the list of messages', () => {
    it('shows what waits, what is in flight and what is done, newest first', async () => {
      const done = await write('a');
      await outbox.drainOnce();
      const doneAt = clock.now();
      postman.arrives = () => false;
      const failed = await write('b');
      const failedAt = clock.now();
      await outbox.drainOnce();
      const flying = await write('c');
      await claim(flying);
      const common = { topic, payload: { text: 'hello' }, attempts: 1 };
      expect(await outbox.listMessages({}, 10, null)).toEqual([
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

    it('shows a message as waiting again from the moment its claim is over', async () => {
      await claim(await write('a'));
      const status = async () => (await outbox.listMessages({}, 1, null))[0]?.status;
      clock.advance(LEASE_MS - 1);
      expect(await status()).toBe('IN_FLIGHT');
      clock.advance(1);
      expect(await status()).toBe('WAITING');
    });

    it('can be asked for one status, one topic, one key, and for any of them together', async () => {
      await write('a');
      await write('b');
      await outbox.drainOnce();
      await write('a');
      await write('a', { to: registered.topic });
      await claim(await write('c'));
      const found = async (filter: Parameters<Outbox['listMessages']>[0]) =>
        keys(await outbox.listMessages(filter, 10, null));
      expect(await found({})).toEqual(['c', 'a', 'a', 'b', 'a']);
      expect(await found({ status: 'WAITING' })).toEqual(['a', 'a']);
      expect(await found({ status: 'IN_FLIGHT' })).toEqual(['c']);
      expect(await found({ status: 'DONE' })).toEqual(['b', 'a']);
      expect(await found({ topic })).toEqual(['c', 'a', 'b', 'a']);
      expect(await found({ key: 'a' })).toEqual(['a', 'a', 'a']);
      expect(await found({ key: 'a', topic })).toEqual(['a', 'a']);
      expect(await found({ key: 'a', topic, status: 'DONE' })).toEqual(['a']);
      expect(await found({ key: 'c', status: 'DONE' })).toEqual([]);
      expect(await found({ topic: 'nobody’s' })).toEqual([]);
    });

    it('is read page by page, over waiting and done ones, while new ones come in and old ones are done', async () => {
      const expected: string[] = [];
      for (let number = 1; number <= 8; number++) {
        expected.unshift(await write(`letter-${number}`));
        if (number % 3 === 0) await outbox.drainOnce();
      }
      const seen: string[] = [];
      let after: { at: Date; id: string } | null = null;
      for (;;) {
        const page: OutboxMessageView[] = await outbox.listMessages({}, 3, after);
        seen.push(...page.map(({ id }) => id));
        const last = page.at(-1);
        if (last === undefined) break;
        after = { at: last.createdAt, id: last.id };
        await write('a newer one');
        await outbox.drainOnce();
      }
      expect(seen).toEqual(expected);
    });

    it('of one key tells its story from the beginning', async () => {
      const first = await write('a');
      await write('b');
      await outbox.drainOnce();
      const second = await write('a', { to: registered.topic });
      expect((await outbox.findByKey('a')).map(({ id, status }) => [id, status])).toEqual([
        [first, 'DONE'],
        [second, 'WAITING'],
      ]);
      expect(await outbox.findByKey('c')).toEqual([]);
    });
  });

  describe('a retry', () => {
    it('makes a message due now that waits for its next attempt', async () => {
      postman.arrives = () => false;
      const id = await write('a');
      await outbox.drainOnce();
      await test.query("update outbox_messages set next_attempt_at = next_attempt_at + interval '1 day'");
      expect(await outbox.drainOnce()).toMatchObject({ claimed: 0 });
      postman.arrives = () => true;
      expect(await outbox.retry(id)).toMatchObject({ id, status: 'WAITING', nextAttemptAt: clock.now(), attempts: 1 });
      expect(await outbox.drainOnce()).toEqual({ claimed: 1, done: 1, retried: 0 });
      expect(postman.attempts).toEqual(['a/1', 'a/2']);
    });

    it('takes its place from no message that has been due for longer', async () => {
      const id = await write('a');
      const since = clock.now();
      clock.advance(5000);
      expect(await outbox.retry(id)).toMatchObject({ status: 'WAITING', nextAttemptAt: since });
    });

    it('makes a message due whose claim is over, and leaves that claim to whoever comes back late', async () => {
      const id = await write('a');
      await claim(id);
      const { waiting } = await rows();
      clock.advance(LEASE_MS);
      expect(await outbox.retry(id)).toMatchObject({ status: 'WAITING', nextAttemptAt: clock.now() });
      expect((await rows()).waiting).toEqual(waiting);
    });

    it('brings a done message back, the same to the byte, where its handler allows it', async () => {
      const payload = '{"b":1, "a":"1.00","b":2,\n"кк":"\\u2028"}';
      const id = await write('a', { to: registered.topic, payload });
      const createdAt = clock.now();
      await outbox.drainOnce();
      clock.advance(3_600_000);
      const retried = await outbox.retry(id.toUpperCase());
      expect(retried).toMatchObject({ id, topic: registered.topic, key: 'a', status: 'WAITING', attempts: 1 });
      expect(retried).toMatchObject({ nextAttemptAt: clock.now(), createdAt, doneAt: null });
      expect(registered.asked).toMatchObject([{ id, status: 'DONE' }]);
      expect(await rows()).toMatchObject({ waiting: [{ body: payload, attempts: 1, lease: null }], done: [] });

      expect(await outbox.drainOnce()).toEqual({ claimed: 1, done: 1, retried: 0 });
      expect(registered.attempts).toEqual(['a/1', 'a/2']);
      expect(await rows()).toMatchObject({ waiting: [], done: [{ id, body: payload, attempts: 2 }] });
    });

    it('of a done message is refused where its handler has no opinion, and where this process has no handler', async () => {
      const mine = await write('a');
      await outbox.drainOnce();
      await test.query('update outbox_done set topic = $2 where id = $1', [await doneCopyOf(mine), 'nobody’s']);
      const before = await rows();
      for (const { id } of before.done)
        await expect(outbox.retry(String(id), note('written'))).rejects.toMatchObject({ code: 'STATE_CONFLICT' });
      expect(await rows()).toEqual(before);
    });

    it('that the handler refuses changes nothing, whether the message waits or is done', async () => {
      registered.allows = () => false;
      const done = await write('a', { to: registered.topic });
      await outbox.drainOnce();
      const waiting = await write('b', { to: registered.topic });
      const before = await rows();
      for (const id of [done, waiting])
        await expect(outbox.retry(id, note('written'))).rejects.toMatchObject({ code: 'STATE_CONFLICT' });
      expect(registered.asked).toMatchObject([{ status: 'DONE' }, { status: 'WAITING' }]);
      expect(await rows()).toEqual(before);
    });

    it('leaves a message alone that is being attempted at this moment', async () => {
      const id = await write('a', { to: registered.topic });
      await claim(id);
      const before = await rows();
      expect(await outbox.retry(id, note('written'))).toMatchObject({ id, status: 'IN_FLIGHT', attempts: 1 });
      expect(registered.asked).toEqual([]);
      expect(await rows()).toEqual(before);
    });

    it.each([
      ['that never was', NOBODY],
      ['whose id is none', 'letter'],
      ['without an id', ''],
    ])('of a message %s is NOT_FOUND', async (_, id) => {
      await expect(outbox.retry(id, note('written'))).rejects.toMatchObject({ code: 'NOT_FOUND' });
      expect((await rows()).diary).toEqual([]);
    });

    it('is put down in its own transaction: both are written or neither', async () => {
      const id = await write('a', { to: registered.topic });
      await outbox.drainOnce();
      const before = await rows();
      const failing = outbox.retry(id, async (tx, message) => {
        await note('retried')(tx);
        throw new Error(`cannot be put down: ${message.status}`);
      });
      await expect(failing).rejects.toThrow('cannot be put down: DONE');
      expect(await rows()).toEqual(before);
      await outbox.retry(id, note('retried'));
      expect(await rows()).toMatchObject({ waiting: [{ id }], done: [], diary: ['retried'] });
    });

    it('locks the message before its handler looks at what it is about: nobody claims it meanwhile', async () => {
      const id = await write('a', { to: registered.topic });
      const claimed: number[] = [];
      registered.allows = async () => {
        claimed.push((await outbox.drainOnce()).claimed);
        return true;
      };
      await outbox.retry(id);
      claimed.push((await outbox.drainOnce()).claimed);
      expect(claimed).toEqual([0, 1]);
    });

    it('by two operators at once brings the message back once', async () => {
      const id = await write('a', { to: registered.topic });
      await outbox.drainOnce();
      const { passed, open } = gate();
      const first = outbox.retry(id, async (tx) => {
        await note('first')(tx);
        await passed;
      });
      await until(
        'the first has locked it',
        () => registered.asked,
        (asked) => asked.length === 1,
      );
      const second = outbox.retry(id, note('second'));
      await somebodyWaitsForALock();
      open();
      expect(await Promise.all([first, second])).toMatchObject([
        { id, status: 'WAITING' },
        { id, status: 'WAITING' },
      ]);
      expect(registered.asked).toMatchObject([{ status: 'DONE' }, { status: 'WAITING' }]);
      expect(await rows()).toMatchObject({ waiting: [{ id }], done: [], diary: ['first', 'second'] });
      expect(await outbox.drainOnce()).toEqual({ claimed: 1, done: 1, retried: 0 });
    });

    it('of a message that is settled at the same moment finds it among those that are done', async () => {
      const id = await write('a', { to: registered.topic });
      const { passed, open } = gate();
      const settling = database.transaction(async (tx) => {
        await outbox.closeMessage(tx, id);
        await passed;
      });
      await until(
        'it is locked',
        () => test.query('select 1 from outbox_messages where id = $1 for update skip locked', [id]),
        (free) => free.length === 0,
      );
      const retried = outbox.retry(id);
      await somebodyWaitsForALock();
      open();
      await settling;
      expect(await retried).toMatchObject({ id, status: 'WAITING' });
      expect(registered.asked).toMatchObject([{ status: 'DONE' }]);
      expect(await rows()).toMatchObject({ waiting: [{ id }], done: [] });
    });

    /** A second done message, for a topic that nobody here delivers. */
    async function doneCopyOf(id: string): Promise<string> {
      const copy = uuidv7();
      await test.query(
        `insert into outbox_done (id, topic, key, payload, attempts, last_error, created_at, done_at)
         select $2, topic, key, payload, attempts, last_error, created_at, done_at
         from outbox_done where id = $1`,
        [id, copy],
      );
      return copy;
    }
  });

  describe('a message that another service holds', () => {
    it('is the one that waits for the topic and the key; there is none once it is done', async () => {
      const id = await write('a');
      await write('a', { to: registered.topic });
      await write('b');
      const held = (of: string, key: string) => database.transaction((tx) => outbox.lockMessage(tx, of, key));
      expect(await held(topic, 'a')).toEqual({ id, attempts: 0, inFlight: false });
      expect(await held(topic, 'c')).toBeNull();
      expect(await held('nobody’s', 'a')).toBeNull();
      await claim(id);
      expect(await held(topic, 'a')).toEqual({ id, attempts: 1, inFlight: true });
      clock.advance(LEASE_MS);
      expect(await held(topic, 'a')).toEqual({ id, attempts: 1, inFlight: false });
      await outbox.drainOnce();
      expect(await held(topic, 'a')).toBeNull();
    });

    it('is claimed by nobody until the transaction ends; the others are', async () => {
      await write('a');
      await write('b');
      await database.transaction(async (tx) => {
        await outbox.lockMessage(tx, topic, 'a');
        expect(await outbox.drainOnce()).toMatchObject({ claimed: 1, done: 1 });
      });
      expect(await outbox.drainOnce()).toMatchObject({ claimed: 1, done: 1 });
      expect(postman.attempts).toEqual(['b/1', 'a/1']);
    });

    it('can be closed: it is done, and nobody delivers it', async () => {
      const id = await write('a');
      await database.transaction(async (tx) => {
        await outbox.lockMessage(tx, topic, 'a');
        await outbox.closeMessage(tx, id);
      });
      expect(await outbox.drainOnce()).toMatchObject({ claimed: 0 });
      expect(await outbox.listMessages({}, 10, null)).toMatchObject([
        { id, status: 'DONE', attempts: 0, doneAt: clock.now() },
      ]);
    });

    it('is closed only if the transaction that closes it commits', async () => {
      const id = await write('a');
      const rolledBack = database.transaction(async (tx) => {
        await outbox.lockMessage(tx, topic, 'a');
        await outbox.closeMessage(tx, id);
        throw new Error('changed our mind');
      });
      await expect(rolledBack).rejects.toThrow('changed our mind');
      expect(await outbox.drainOnce()).toMatchObject({ claimed: 1, done: 1 });
    });

    it('and that is closed while its attempt is under way stays closed; the attempt is told that it was overtaken', async () => {
      const { passed, open } = gate();
      postman.arrives = () => passed.then(() => false);
      const id = await write('a');
      const drained = outbox.drainOnce();
      await until(
        'its attempt is under way',
        () => postman.attempts,
        (attempts) => attempts.length === 1,
      );
      await database.transaction(async (tx) => {
        expect(await outbox.lockMessage(tx, topic, 'a')).toEqual({ id, attempts: 1, inFlight: true });
        await outbox.closeMessage(tx, id);
      });
      open();
      await drained;
      expect(postman.leasesLost).toEqual([true]);
      expect(await rows()).toMatchObject({ waiting: [], done: [{ id }] });
    });
  });
});
