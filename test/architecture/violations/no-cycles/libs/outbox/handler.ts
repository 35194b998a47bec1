import type { TopicWorker } from './topic-worker.js';

export interface Handler {
  readonly worker: TopicWorker;
}
