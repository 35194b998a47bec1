import { EXAMPLE_ACCOUNT_ID } from '@mpp/ledger';
import { MESSAGE_STATUSES, type MessageStatus } from '@mpp/outbox';
import {
  demandOrder,
  FilterFlag,
  FilterInstant,
  FilterOneOf,
  FilterText,
  IsReason,
  momentOf,
  PageQuery,
} from '@mpp/platform';
import {
  PAYMENT_STATUSES,
  type PaymentFilter,
  type PaymentStatus,
  RESOLUTIONS,
  type Resolution,
} from '@mpp/qr-payments';
import { REFUND_STATUSES, type RefundFilter, type RefundStatus } from '@mpp/refunds';
import { ApiProperty } from '@nestjs/swagger';
import { IsIn, IsString, Length } from 'class-validator';

const MAX_CUSTOMER_ID = 12;
/** An id of the PS that exceeds the regulation's 64 is kept whole (R29), up to what an index holds. */
const MAX_KASPI_ID = 2000;
const MAX_KEY = 200;

export class PaymentQuery extends PageQuery {
  @FilterOneOf(PAYMENT_STATUSES, 'Only those with this status')
  status?: PaymentStatus;

  @FilterText(MAX_CUSTOMER_ID, 'Only this customer’s')
  customerId?: string;

  @FilterText(MAX_KASPI_ID, 'Only those of this purchase, by the PS’s paymentId')
  kaspiPaymentId?: string;

  @FilterInstant('Only those created at this moment or later')
  from?: string;

  @FilterInstant('Only those created before this moment')
  to?: string;

  @FilterFlag('true: only those that the PS contradicted after they had been settled (R36). false narrows nothing')
  contradicted?: 'true' | 'false';
}

/** VALIDATION_FAILED for a time that ends before it begins. */
export function paymentFilter({ status, customerId, kaspiPaymentId, ...query }: PaymentQuery): PaymentFilter {
  const from = momentOf(query.from);
  const to = momentOf(query.to);
  demandOrder(from, to);
  return { status, customerId, kaspiPaymentId, from, to, contradicted: query.contradicted === 'true' };
}

export class RefundQuery extends PageQuery {
  @FilterOneOf(REFUND_STATUSES, 'Only those with this status')
  status?: RefundStatus;

  @FilterFlag('true: only those whose hour is over and that are not credited. false narrows nothing')
  overdue?: 'true' | 'false';

  @FilterText(MAX_CUSTOMER_ID, 'Only this customer’s')
  customerId?: string;

  @FilterText(MAX_KASPI_ID, 'Only those of this purchase, by the PS’s paymentId')
  kaspiPaymentId?: string;
}

export function refundFilter({ status, overdue, customerId, kaspiPaymentId }: RefundQuery): RefundFilter {
  return { status, overdue: overdue === 'true', customerId, kaspiPaymentId };
}

export class RedirectRequestDto {
  @ApiProperty({
    example: EXAMPLE_ACCOUNT_ID,
    description: 'An open account of the same customer; with a bank’s core its own id will do',
  })
  @IsString()
  @Length(1, 64)
  accountId!: string;

  @ApiProperty({
    example: 'The customer has opened a new account, case 4712',
    minLength: 3,
    maxLength: 500,
    description: 'Why; the audit trail keeps it',
  })
  @IsReason()
  reason!: string;
}

export class ResolveRequestDto {
  @ApiProperty({
    enum: RESOLUTIONS,
    example: 'CONFIRMED',
    description: 'CONFIRMED: Kaspi has the purchase, the debit stands. REVERSED: it has not, the customer is paid back',
  })
  @IsIn(RESOLUTIONS)
  outcome!: Resolution;

  @ApiProperty({
    example: 'Kaspi support, case 4711: the purchase is paid',
    minLength: 3,
    maxLength: 500,
    description: 'How it is known; the audit trail keeps it',
  })
  @IsReason()
  reason!: string;
}

export class OutboxQuery extends PageQuery {
  @FilterOneOf(MESSAGE_STATUSES, 'Only those that wait, are being attempted, are done')
  status?: MessageStatus;

  @FilterText(MAX_KEY, 'Only those of this kind: notifyPayment, for one')
  topic?: string;

  @FilterText(MAX_KEY, 'Only those about this: a payment’s id, for one')
  key?: string;
}

export class RefundScanQuery extends PageQuery {
  @FilterText(MAX_KEY, 'Only scans to which the PS answered this refundId')
  refundId?: string;

  @FilterText(MAX_CUSTOMER_ID, 'Only this customer’s')
  customerId?: string;
}
