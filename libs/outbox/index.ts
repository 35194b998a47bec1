export type { OutboxMessage } from './domain/message.js';
export type { Attempted, OutboxHandler, Settled, Settlement } from './handler.js';
export type { DrainReport } from './lane.js';
export { type Birth, Outbox } from './outbox.js';
export { OutboxModule } from './outbox.module.js';
