export const DUE = 'select id from outbox_messages where next_attempt_at <= now()';
