import type { RefundId } from '@mpp/kernel';

export const CREDIT_TOPIC = 'creditRefund';

export interface CreditPayload {
  readonly refundId: RefundId;
}
