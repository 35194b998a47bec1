export { REFUND_STATUSES, type Refund, type RefundStatus } from './domain/refund.js';
export type { RefundCall, RefundFilter, RefundRecord } from './domain/story.js';
export { Escalations } from './escalations.service.js';
export { KaspiRefundFilter } from './http/kaspi-refund.filter.js';
export { RefundIntake } from './intake.service.js';
export { RefundStories } from './refund-stories.js';
export { KaspiRefundsHttpModule, RefundsHttpModule, RefundsModule } from './refunds.module.js';
export { Refunds } from './refunds.service.js';
