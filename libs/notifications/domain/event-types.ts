/** The events for the participant's gateway. Gateways rely on the names: a type never changes its name or meaning. */
export const EVENT_TYPES = [
  'payment.confirmed',
  'payment.reversed',
  'payment.declined',
  'payment.expired',
  'payment.delayed',
  'refund.accepted',
  'refund.credited',
] as const;
export type EventType = (typeof EVENT_TYPES)[number];
