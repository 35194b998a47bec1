export type { Birth, Births } from './births.js';
export {
  type HeldMessage,
  MESSAGE_STATUSES,
  type MessageFilter,
  type MessageStatus,
  type OutboxMessage,
  type OutboxMessageView,
} from './domain/message.js';
export type { Attempted, OutboxHandler, Settled, Settlement } from './handler.js';
export type { DrainReport } from './lane.js';
export { Outbox } from './outbox.js';
export { OutboxModule } from './outbox.module.js';
