import type { LoggedCall } from '@mpp/kaspi';
import { ApiMoment, ApiNullable, pick } from '@mpp/platform';
import { PAYMENT_STATUSES, type PaymentStatus } from '@mpp/qr-payments';
import type { RefundRecord } from '@mpp/refunds';
import { ApiProperty, IntersectionType } from '@nestjs/swagger';
import type { PaymentDetailsView } from '../details/payment-details.service.js';
import { MaskedFormDto, maskedFormDto } from './masked-form.dto.js';
import { codeMeaning, OperatorPaymentDto, operatorPaymentDto } from './operator-payment.dto.js';
import { SharedRecordsDto, sharedRecordsDto } from './shared-records.dto.js';

const OUTCOMES = ['ANSWERED', 'NOT_SENT', 'UNKNOWN'] as const;

export class StatusChangeDto {
  @ApiProperty({ example: 2, description: 'The payment’s version, which grows with every change' }) version!: number;
  @ApiProperty({ enum: PAYMENT_STATUSES, example: 'PROCESSING' }) status!: PaymentStatus;
  @ApiNullable(String, null, 'Why the payment ended so: our code or the PS’s') reason!: string | null;
  @ApiProperty({ type: Date, example: '2026-02-19T09:53:01.700Z' }) at!: Date;
}

export class ExchangeDto {
  @ApiProperty({ enum: ['scan', 'checkout', 'notifyPayment'], example: 'notifyPayment' }) method!: string;

  @ApiProperty({ example: '019b1f7e-5b42-7d40-8b66-1e8bad2c3f55', description: 'X-Request-ID, equal for all attempts' })
  requestId!: string;

  @ApiProperty({ example: 1 }) attempt!: number;
  @ApiProperty({ type: Date, example: '2026-02-19T09:53:01.700Z' }) startedAt!: Date;
  @ApiNullable(Date, '2026-02-19T09:53:02.101Z') finishedAt!: Date | null;
  @ApiNullable(Number, 401) durationMs!: number | null;

  @ApiProperty({
    enum: OUTCOMES,
    nullable: true,
    example: 'ANSWERED',
    description:
      'NOT_SENT: never left. UNKNOWN: may have arrived (R9). null: under way, or the process died and it may have arrived',
  })
  outcome!: LoggedCall['outcome'];

  @ApiNullable(Number, 200) httpStatus!: number | null;
  @ApiNullable(String, 'SUCCESS') resultCode!: string | null;
  @ApiNullable(String, 'Done.', 'The meaning of the result code') meaning!: string | null;

  @ApiProperty({
    example: '{"qrCode":"…","customerId":"9009*****"}',
    description: 'With customer and service form masked',
  })
  request!: string;

  @ApiNullable(
    String,
    '{"result":{"resultCode":"SUCCESS","resultMessage":"success"}}',
    'The answer, masked, or why there was none',
  )
  answer!: string | null;
}

export class ReversalDto {
  @ApiMoment('When the debit was due back') createdAt!: Date;
  @ApiProperty({ type: Date, example: '2026-02-19T10:53:02.101Z', description: 'By when the customer must have it' })
  creditBy!: Date;

  @ApiNullable(Date, null, 'When no account of the customer took the money: it was put into suspense')
  suspendedAt!: Date | null;

  @ApiNullable(Date, '2026-02-19T09:53:02.201Z') creditedAt!: Date | null;

  @ApiNullable(String, '019b1f7e-0000-7000-8000-5a1d2c3b4e5f', 'The account on which the customer has the money')
  creditedAccountId!: string | null;
}

export class RefundSummaryDto {
  @ApiProperty({ example: 'Ref1234567' }) refundId!: string;
  @ApiProperty({ example: 'CREDITED' }) status!: string;
  @ApiProperty({ type: String, example: '100.00' }) amount!: string | null;
  @ApiNullable(Date, '2026-02-19T10:53:02.101Z') creditBy!: Date | null;
  @ApiNullable(Date, '2026-02-19T09:53:02.201Z') creditedAt!: Date | null;
  @ApiMoment() createdAt!: Date;
}

/** Everything on record about a payment. Each list is oldest first. */
export class PaymentDetailsDto extends IntersectionType(OperatorPaymentDto, SharedRecordsDto) {
  @ApiNullable(MaskedFormDto, null, 'Custom only: the service form') service!: MaskedFormDto | null;
  @ApiProperty({ type: [StatusChangeDto], description: 'Every status of the payment' }) history!: StatusChangeDto[];

  @ApiNullable(ReversalDto, null, 'Of a debit that is or was given back; null for older ones')
  reversal!: ReversalDto | null;

  @ApiProperty({ type: [ExchangeDto], description: 'Every call to the PS about the payment' })
  exchanges!: ExchangeDto[];

  @ApiProperty({ type: [RefundSummaryDto], description: 'The refunds of the payment' }) refunds!: RefundSummaryDto[];
}

export function paymentDetailsDto(details: PaymentDetailsView): PaymentDetailsDto {
  const { service, formValues } = details.payment;
  return {
    ...operatorPaymentDto(details),
    ...sharedRecordsDto(details),
    service: service && maskedFormDto(service, formValues),
    history: details.history.map((change) => pick(change, 'version', 'status', 'reason', 'at')),
    reversal:
      details.reversal &&
      pick(details.reversal, 'createdAt', 'creditBy', 'suspendedAt', 'creditedAt', 'creditedAccountId'),
    exchanges: details.exchanges.map(exchangeDto),
    refunds: details.refunds.map(refundSummaryDto),
  };
}

function refundSummaryDto(refund: RefundRecord): RefundSummaryDto {
  const amount = refund.amount?.toString() ?? null;
  return { ...pick(refund, 'refundId', 'status', 'creditBy', 'creditedAt', 'createdAt'), amount };
}

function exchangeDto(call: LoggedCall): ExchangeDto {
  const { startedAt, finishedAt, resultCode } = call;
  return {
    ...pick(call, 'method', 'requestId', 'attempt', 'startedAt', 'finishedAt', 'outcome', 'httpStatus', 'resultCode'),
    ...pick(call, 'request', 'answer'),
    durationMs: finishedAt && finishedAt.getTime() - startedAt.getTime(),
    meaning: codeMeaning(resultCode),
  };
}
