import { afterAll, beforeAll, beforeEach } from '@jest/globals';
import { Database, type Tx } from '@mpp/platform';
import type { INestApplicationContext } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import type { Disposition, FinishedAttempt, OutboxHandler } from '../../libs/outbox/delivery/outbox-handler.js';
import type { OutboxMessage, OutboxMessageView } from '../../libs/outbox/domain/message.js';
import { Outbox } from '../../libs/outbox/outbox.js';
import { createDatabase, type TestDatabase } from './database.js';
import { startOutboxProcess } from './outbox-process.js';
import { TestClock } from './test-clock.js';

export const LEASE_MS = 10_000;
const PAUSE_MS = 60_000;

/** Delivers letters; a test decides which are delivered. */
class LetterHandler implements OutboxHandler<unknown, boolean> {
  readonly concurrency = 8;
  readonly attemptMs = LEASE_MS - 2000;
  readonly backoff = { baseMs: PAUSE_MS, maxMs: PAUSE_MS };
  readonly attempts: string[] = [];
  readonly leasesLost: boolean[] = [];
  isDelivered: (key: string) => boolean | Promise<boolean> = () => true;

  constructor(readonly topic: string) {}

  async attempt({ key, attempts }: OutboxMessage<unknown>): Promise<boolean> {
    this.attempts.push(`${key}/${attempts}`);
    return this.isDelivered(key);
  }

  async settle(_: Tx, attempts: readonly FinishedAttempt<unknown, boolean>[]): Promise<Disposition[]> {
    this.leasesLost.push(...attempts.map(({ leaseLost }) => leaseLost));
    return attempts.map(({ result }) => (result ? { kind: 'done' } : { kind: 'retry', error: 'moved away' }));
  }
}

/** Decides which letters an operator may retry. */
class RetryableLetterHandler extends LetterHandler {
  readonly retryRequests: OutboxMessageView[] = [];
  allows: (tx: Tx, message: OutboxMessageView) => boolean | Promise<boolean> = () => true;

  async canRetry(tx: Tx, message: OutboxMessageView): Promise<boolean> {
    this.retryRequests.push(message);
    return this.allows(tx, message);
  }
}

/** An outbox with two topics for the tests of operators’ calls: registers the hooks that start and stop it. */
export function outboxOperatorsFixture() {
  const clock = new TestClock();
  const fixture = {} as {
    test: TestDatabase;
    database: Database;
    outbox: Outbox;
    topic: string;
    letterHandler: LetterHandler;
    retryableHandler: RetryableLetterHandler;
  };

  let app: INestApplicationContext;
  let topics = 0;
  beforeAll(async () => {
    fixture.test = await createDatabase();
    await fixture.test.query('create table diary (line text not null); grant insert on diary to public');
    app = await startOutboxProcess(fixture.test.url, clock);
    fixture.database = app.get(Database);
    fixture.outbox = app.get(Outbox);
  });

  afterAll(async () => {
    await app.close();
    await fixture.test.drop();
  });

  beforeEach(async () => {
    await fixture.test.query('truncate outbox_messages, outbox_done, diary');
    fixture.topic = `letters-${++topics}`;
    fixture.letterHandler = new LetterHandler(fixture.topic);
    fixture.retryableHandler = new RetryableLetterHandler(`retryableHandler-${topics}`);
    fixture.outbox.register(fixture.letterHandler, fixture.letterHandler);
    fixture.outbox.register(fixture.retryableHandler, fixture.retryableHandler);
  });

  /** Writes a message that is due at once; each a second later than the one before. */
  async function write(key: string, { to = fixture.topic, payload = '{"text":"hello"}' } = {}): Promise<string> {
    clock.advance(1000);
    const id = uuidv7({ msecs: clock.now().getTime() });
    await fixture.test.query('select outbox_enqueue($1, $2, $3, $4, $5, null, null, $5)', [
      id,
      to,
      key,
      payload,
      clock.now(),
    ]);
    return id;
  }

  const claim = (id: string) =>
    fixture.test.query(
      'update outbox_messages set attempts = attempts + 1, lease = gen_random_uuid(), next_attempt_at = $2 where id = $1',
      [id, new Date(clock.now().getTime() + LEASE_MS)],
    );

  const rows = async () => ({
    waiting: await fixture.test.query('select *, payload::text as body from outbox_messages order by id'),
    done: await fixture.test.query('select *, payload::text as body from outbox_done order by id'),
    diary: (await fixture.test.query<{ line: string }>('select line from diary')).map(({ line }) => line),
  });

  /** Blocks a transaction until the test opens the gate. */
  function gate(): { passed: Promise<void>; open: () => void } {
    let open: () => void = () => undefined;
    const passed = new Promise<void>((resolve) => {
      open = resolve;
    });
    return { passed, open };
  }

  return { fixture, clock, write, claim, rows, gate };
}
