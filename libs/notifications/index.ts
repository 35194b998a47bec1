export { EVENT_VERSION, type NewEvent } from './domain/event.js';
export { EVENT_TYPES, type EventType } from './domain/event-types.js';
export { eventSchema } from './http/schemas.js';
export { NotificationsHttpModule, NotificationsModule } from './notifications.module.js';
export { Notifications } from './notifications.service.js';
