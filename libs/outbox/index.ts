export type { Disposition, FinishedAttempt, OutboxHandler, TopicSettings } from './delivery/outbox-handler.js';
export type { DrainReport } from './delivery/topic-worker.js';
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
export { Outbox } from './outbox.js';
export { OutboxModule } from './outbox.module.js';
