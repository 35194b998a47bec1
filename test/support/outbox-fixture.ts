import { afterAll, beforeAll, beforeEach } from '@jest/globals';
import type { Tx } from '@mpp/platform';
import type { INestApplicationContext } from '@nestjs/common';
import type { Disposition, FinishedAttempt, OutboxHandler } from '../../libs/outbox/delivery/outbox-handler.js';
import type { OutboxMessage } from '../../libs/outbox/domain/message.js';
import { Outbox } from '../../libs/outbox/outbox.js';
import { createDatabase, type TestDatabase } from './database.js';
import { startOutboxProcess } from './outbox-process.js';
import { TestClock } from './test-clock.js';

export const LEASE_MS = 10_000;

interface Parcel {
  readonly number: number;
}

/** Delivers parcels to a list; a test decides the outcome of each. */
export class ParcelHandler implements OutboxHandler<Parcel, string> {
  readonly attemptMs = LEASE_MS - 2000;
  readonly backoff = { baseMs: 1000, maxMs: 60_000 };
  readonly recorded: string[] = [];
  readonly delivered: number[] = [];
  readonly leasesLost: boolean[] = [];
  readonly notSent: string[] = [];
  afterCommit: () => void = () => undefined;
  onNotSent: () => Promise<void> = async () => undefined;
  atOnce = 0;
  mostAtOnce = 0;

  constructor(
    readonly topic: string,
    readonly concurrency = 8,
    private readonly outcome: (parcel: Parcel, attempts: number) => string | Promise<string> = () => 'ok',
    private readonly onSettle: (tx: Tx, parcels: Parcel[]) => void = () => undefined,
  ) {}

  async recordAttempts(messages: readonly OutboxMessage<Parcel>[]): Promise<void> {
    this.recorded.push(...messages.map(({ payload, attempts }) => `${payload.number}/${attempts}`));
  }

  async attempt({ payload, attempts }: OutboxMessage<Parcel>): Promise<string> {
    this.mostAtOnce = Math.max(this.mostAtOnce, ++this.atOnce);
    try {
      const result = await this.outcome(payload, attempts);
      this.delivered.push(payload.number);
      return result;
    } finally {
      this.atOnce--;
    }
  }

  async recordNotSent({ payload, attempts }: OutboxMessage<Parcel>): Promise<void> {
    this.notSent.push(`${payload.number}/${attempts}`);
    await this.onNotSent();
  }

  async settle(tx: Tx, attempts: readonly FinishedAttempt<Parcel, string>[]): Promise<Disposition[]> {
    this.leasesLost.push(...attempts.map(({ leaseLost }) => leaseLost));
    this.onSettle(
      tx,
      attempts.map(({ message }) => message.payload),
    );
    tx.afterCommit(() => this.afterCommit());
    return attempts.map(({ result }) => (result === 'ok' ? { kind: 'done' } : { kind: 'retry', error: result }));
  }
}

/** A database for processes that only run an outbox: registers the hooks that start and stop it. */
export function outboxFixture() {
  const fixture = {} as {
    database: TestDatabase;
    clock: TestClock;
  };

  const processes: INestApplicationContext[] = [];
  let topics = 0;
  /** One more process on the same database; scheduled claims are off, tests call drainOnce. */
  async function startProcess(...handlers: ParcelHandler[]): Promise<Outbox> {
    const process = await startOutboxProcess(fixture.database.url, fixture.clock);
    processes.push(process);
    const outbox = process.get(Outbox);
    for (const handler of handlers) outbox.register(handler, handler);
    return outbox;
  }

  const enqueue = async (topic: string, ...numbers: number[]) => {
    for (const number of numbers) {
      await fixture.database.query('select outbox_enqueue(gen_random_uuid(), $1, $2, $3, $4, null, null, $4)', [
        topic,
        `parcel-${number}`,
        { number },
        fixture.clock.now(),
      ]);
    }
  };

  const waiting = (topic: string) => fixture.database.query('select * from outbox_messages where topic = $1', [topic]);
  const newTopic = () => `topic-${++topics}`;
  beforeAll(async () => {
    fixture.database = await createDatabase();
  });

  afterAll(async () => {
    await Promise.all(processes.map((process) => process.close()));
    await fixture.database.drop();
  });

  beforeEach(() => {
    fixture.clock = new TestClock();
  });

  return { fixture, processes, startProcess, enqueue, waiting, newTopic };
}
