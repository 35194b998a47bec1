import type { Handler } from './handler.js';

export interface TopicWorker {
  readonly handler: Handler;
}
