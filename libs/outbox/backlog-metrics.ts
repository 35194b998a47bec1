import type { Clock } from '@mpp/kernel';
import type { Database } from '@mpp/platform';
import { Gauge, type Registry } from 'prom-client';
import { type Backlog, backlog } from './persistence/messages.js';

/** Depth and age of every topic, read from the database when the metrics are asked for. */
export function measureBacklog(
  registry: Registry,
  topics: ReadonlyMap<string, unknown>,
  database: Database,
  clock: Clock,
): void {
  const measure = (name: string, help: string, of: (waiting: Backlog) => number) => {
    const gauge: Gauge = new Gauge({
      name,
      help,
      labelNames: ['topic'],
      registers: [registry],
      collect: async () => {
        const waiting = new Map((await backlog(database)).map((row) => [row.topic, row]));
        for (const topic of new Set([...topics.keys(), ...waiting.keys()])) {
          const row = waiting.get(topic);
          gauge.set({ topic }, row === undefined ? 0 : of(row));
        }
      },
    });
  };
  measure('mpp_outbox_depth', 'Messages that are not done', ({ depth }) => depth);
  measure(
    'mpp_outbox_oldest_age_seconds',
    'Age of the oldest message that is not done',
    ({ oldest }) => (clock.now().getTime() - oldest.getTime()) / 1000,
  );
}
