export type { Attempted, OutboxHandler, OutboxMessage, Settled, Settlement } from './handler.js';
export type { DrainReport } from './lane.js';
export { type Birth, Outbox } from './outbox.js';
export { OutboxModule } from './outbox.module.js';
