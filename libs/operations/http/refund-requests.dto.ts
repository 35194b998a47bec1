import { BodyReason, FilterFlag, FilterOneOf, PageQuery } from '@mpp/platform';
import { REFUND_STATUSES, type RefundFilter, type RefundStatus } from '@mpp/refunds';
import { FilterCustomer, FilterPurchase } from './filters.js';

export class RefundQuery extends PageQuery {
  @FilterOneOf(REFUND_STATUSES, 'Only refunds with this status') status?: RefundStatus;

  @FilterFlag('true: only refunds whose hour is over and that are not credited. false does not narrow')
  overdue?: 'true' | 'false';

  @FilterCustomer() customerId?: string;
  @FilterPurchase() kaspiPaymentId?: string;
}

export function refundFilter({ status, overdue, customerId, kaspiPaymentId }: RefundQuery): RefundFilter {
  return { status, overdue: overdue === 'true', customerId, kaspiPaymentId };
}

export class RecheckRequestDto {
  @BodyReason('The payment is restored, case 4713', 'The reason, for the audit trail') reason!: string;
}
