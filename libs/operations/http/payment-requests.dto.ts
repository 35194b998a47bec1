import { BodyReason, FilterFlag, FilterInstant, FilterOneOf, momentOf, PageQuery, requireOrder } from '@mpp/platform';
import {
  PAYMENT_STATUSES,
  type PaymentFilter,
  type PaymentStatus,
  RESOLUTIONS,
  type Resolution,
} from '@mpp/qr-payments';
import { ApiProperty } from '@nestjs/swagger';
import { IsIn } from 'class-validator';
import { FilterCustomer, FilterPurchase } from './filters.js';

export class PaymentQuery extends PageQuery {
  @FilterOneOf(PAYMENT_STATUSES, 'Only payments with this status') status?: PaymentStatus;
  @FilterCustomer() customerId?: string;
  @FilterPurchase() kaspiPaymentId?: string;
  @FilterInstant('Only payments created at this moment or later') from?: string;
  @FilterInstant('Only payments created before this moment') to?: string;

  @FilterFlag('true: only payments that the PS contradicted after they were settled (R36). false does not narrow')
  contradicted?: 'true' | 'false';
}

/** Throws VALIDATION_FAILED if `to` is before `from`. */
export function paymentFilter({ status, customerId, kaspiPaymentId, ...query }: PaymentQuery): PaymentFilter {
  const from = momentOf(query.from);
  const to = momentOf(query.to);
  requireOrder(from, to);
  return { status, customerId, kaspiPaymentId, from, to, contradicted: query.contradicted === 'true' };
}

export class ResolveRequestDto {
  @ApiProperty({
    enum: RESOLUTIONS,
    example: 'CONFIRMED',
    description:
      'CONFIRMED: Kaspi has the purchase and the debit stays. REVERSED: it has not; the customer is paid back',
  })
  @IsIn(RESOLUTIONS)
  outcome!: Resolution;

  @BodyReason('Kaspi support, case 4711: the purchase is paid', 'How the outcome is known, for the audit trail')
  reason!: string;
}
