export {
  type LockedMessage,
  MESSAGE_STATUSES,
  type MessageFilter,
  type MessageStatus,
  type NewMessage,
  type OutboxMessage,
  type OutboxMessageView,
  type OutboxReservation,
} from './domain/message.js';
export type { Disposition, FinishedAttempt, OutboxHandler } from './handler.js';
export { Outbox } from './outbox.js';
export { OutboxModule } from './outbox.module.js';
export type { DrainReport } from './topic-worker.js';
