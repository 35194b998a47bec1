import type { Handler } from './handler.js';

export interface Lane {
  readonly handler: Handler;
}
