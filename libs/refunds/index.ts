export { Escalations } from './crediting/escalations.service.js';
export { REFUND_STATUSES, type Refund, type RefundStatus } from './domain/refund.js';
export type { RefundCall, RefundFilter, RefundRecord } from './domain/timeline.js';
export { KaspiRefundFilter } from './http/kaspi-refund.filter.js';
export { RefundIntake } from './intake/intake.service.js';
export { RefundTimelines } from './refund-timelines.js';
export { KaspiRefundsHttpModule, RefundsHttpModule, RefundsModule } from './refunds.module.js';
export { Refunds } from './refunds.service.js';
