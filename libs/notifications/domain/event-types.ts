/** What the participant's gateway is told. A type is never renamed, nor given another meaning: gateways rely on it. */
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
