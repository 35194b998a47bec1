import type { Clock } from '@mpp/kernel';
import type { Database } from '@mpp/platform';
import { Gauge, type Registry } from 'prom-client';
import { backlog } from './persistence/messages.js';

/** Depth and age of every topic, read from the database when the metrics are asked for. */
export function measureBacklog(
  registry: Registry,
  topics: ReadonlyMap<string, unknown>,
  database: Database,
  clock: Clock,
): void {
  // Asked for first, and sets both.
  const depth: Gauge = new Gauge({
    name: 'mpp_outbox_depth',
    help: 'Messages that are not done',
    labelNames: ['topic'],
    registers: [registry],
    collect: async () => {
      const waiting = new Map((await backlog(database)).map((row) => [row.topic, row]));
      for (const topic of new Set([...topics.keys(), ...waiting.keys()])) {
        const row = waiting.get(topic);
        depth.set({ topic }, row?.depth ?? 0);
        oldest.set({ topic }, row === undefined ? 0 : (clock.now().getTime() - row.oldest.getTime()) / 1000);
      }
    },
  });
  const oldest = new Gauge({
    name: 'mpp_outbox_oldest_age_seconds',
    help: 'Age of the oldest message that is not done',
    labelNames: ['topic'],
    registers: [registry],
  });
}
