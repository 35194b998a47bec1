import type { Clock } from '@mpp/kernel';
import type { Database, Metrics } from '@mpp/platform';
import { type Backlog, backlog } from './persistence/messages.js';

/** Depth and age of every topic, read from the database when the metrics are collected. */
export function measureBacklog(
  metrics: Metrics,
  topics: ReadonlyMap<string, unknown>,
  database: Database,
  clock: Clock,
): void {
  const measure = (name: string, help: string, numberOf: (waiting: Backlog) => number) =>
    metrics.gaugeBy('topic', name, help, async () => {
      const values = new Map([...topics.keys()].map((topic) => [topic, 0]));
      for (const waiting of await backlog(database)) values.set(waiting.topic, numberOf(waiting));
      return values;
    });
  measure('mpp_outbox_depth', 'Messages that are not done', ({ depth }) => depth);
  measure(
    'mpp_outbox_oldest_age_seconds',
    'Age of the oldest message that is not done',
    ({ oldest }) => (clock.now().getTime() - oldest.getTime()) / 1000,
  );
}
