import type { AuditEntry } from '@mpp/access';
import type { LoggedCall } from '@mpp/kaspi';
import { ACCOUNT_KINDS, type AccountKind, ENTRY_PURPOSES, type ToldEntry } from '@mpp/ledger';
import { PAYMENT_STATUSES, type PaymentStatus } from '@mpp/qr-payments';
import type { RefundRecord } from '@mpp/refunds';
import { ApiProperty } from '@nestjs/swagger';
import type { PaymentDetailsView } from '../details/payment-details.service.js';
import { CoreOperationDto, coreOperationDto } from './core-operation.dto.js';
import { MaskedFormDto, maskedFormDto } from './masked-form.dto.js';
import { meaningDto, OperatorPaymentDto, operatorPaymentDto } from './operator-payment.dto.js';
import { MessageDto, messageDto } from './outbox.dto.js';

const EXCHANGE_OUTCOMES = ['ANSWERED', 'NOT_SENT', 'UNKNOWN'] as const;

export class StatusChangeDto {
  @ApiProperty({ example: 2, description: 'Of the payment: grows with every change' })
  version!: number;

  @ApiProperty({ enum: PAYMENT_STATUSES, example: 'PROCESSING' })
  status!: PaymentStatus;

  @ApiProperty({ type: String, nullable: true, example: null, description: 'Why it ended so: our code, or the PS’s' })
  reason!: string | null;

  @ApiProperty({ type: Date, example: '2026-02-19T09:53:01.700Z' })
  at!: Date;
}

export class ExchangeDto {
  @ApiProperty({ enum: ['scan', 'checkout', 'notifyPayment'], example: 'notifyPayment' })
  method!: string;

  @ApiProperty({ example: '019b1f7e-5b42-7d40-8b66-1e8bad2c3f55', description: 'X-Request-ID; the same in repeats' })
  requestId!: string;

  @ApiProperty({ example: 1 })
  attempt!: number;

  @ApiProperty({ type: Date, example: '2026-02-19T09:53:01.700Z' })
  startedAt!: Date;

  @ApiProperty({ type: Date, nullable: true, example: '2026-02-19T09:53:02.101Z' })
  finishedAt!: Date | null;

  @ApiProperty({ type: Number, nullable: true, example: 401 })
  durationMs!: number | null;

  @ApiProperty({
    enum: EXCHANGE_OUTCOMES,
    nullable: true,
    example: 'ANSWERED',
    description:
      'NOT_SENT: the PS has not seen it. UNKNOWN: it may have (R9). null: nobody wrote down how it ended, it may have arrived',
  })
  outcome!: LoggedCall['outcome'];

  @ApiProperty({ type: Number, nullable: true, example: 200 })
  httpStatus!: number | null;

  @ApiProperty({ type: String, nullable: true, example: 'SUCCESS' })
  resultCode!: string | null;

  @ApiProperty({ type: String, nullable: true, example: 'Done.', description: 'What the code means' })
  meaning!: string | null;

  @ApiProperty({ example: '{"qrCode":"…","customerId":"9009*****"}', description: 'Customer and form are masked' })
  request!: string;

  @ApiProperty({
    type: String,
    nullable: true,
    example: '{"result":{"resultCode":"SUCCESS","resultMessage":"success"}}',
    description: 'As it came, masked alike; or why there was none',
  })
  answer!: string | null;
}

export class EntryAccountDto {
  @ApiProperty({ example: '00000000-0000-7000-8000-000000000002' })
  id!: string;

  @ApiProperty({ enum: ACCOUNT_KINDS, example: 'IN_TRANSIT' })
  account!: AccountKind;
}

export class JournalEntryDto {
  @ApiProperty({ example: '1024', description: 'Grows along the journal' })
  id!: string;

  @ApiProperty({ enum: ENTRY_PURPOSES, example: 'SETTLEMENT' })
  purpose!: string;

  @ApiProperty({ type: EntryAccountDto })
  debit!: EntryAccountDto;

  @ApiProperty({ type: EntryAccountDto })
  credit!: EntryAccountDto;

  @ApiProperty({ example: '100.00' })
  amount!: string;

  @ApiProperty({ type: Date, example: '2026-02-19T09:53:02.101Z' })
  bookedAt!: Date;

  @ApiProperty({ type: String, nullable: true, example: null, description: 'Of a correction: the entry it takes back' })
  corrects!: string | null;

  @ApiProperty({ type: String, nullable: true, example: null, description: 'Of a correction: why' })
  reason!: string | null;

  @ApiProperty({ type: String, nullable: true, example: null, description: 'Of a correction: who' })
  operator!: string | null;
}

export class AuditLineDto {
  @ApiProperty({ type: Date, example: '2026-02-19T10:53:02.101Z' })
  at!: Date;

  @ApiProperty({ example: 'aigerim' })
  actor!: string;

  @ApiProperty({ example: 'PAYMENT_RESOLVED' })
  action!: string;

  @ApiProperty({ type: String, nullable: true, example: 'Kaspi support, case 4711: the purchase is paid' })
  reason!: string | null;

  @ApiProperty({ type: 'object', additionalProperties: true, nullable: true, example: { outcome: 'CONFIRMED' } })
  details!: object | null;
}

/** A refund of the payment, in short. */
export class RefundSummaryDto {
  @ApiProperty({ example: 'Ref1234567' })
  refundId!: string;

  @ApiProperty({ example: 'CREDITED' })
  status!: string;

  @ApiProperty({ type: String, example: '100.00' })
  amount!: string | null;

  @ApiProperty({ type: Date, nullable: true, example: '2026-02-19T10:53:02.101Z' })
  creditBy!: Date | null;

  @ApiProperty({ type: Date, nullable: true, example: '2026-02-19T09:53:02.201Z' })
  creditedAt!: Date | null;

  @ApiProperty({ type: Date, example: '2026-02-19T09:53:02.101Z' })
  createdAt!: Date;
}

/** The whole story of a payment; every list from its beginning on. */
export class PaymentDetailsDto extends OperatorPaymentDto {
  @ApiProperty({ type: MaskedFormDto, nullable: true, example: null, description: 'Custom only: the form' })
  service!: MaskedFormDto | null;

  @ApiProperty({ type: [StatusChangeDto], description: 'Every status that it has had' })
  history!: StatusChangeDto[];

  @ApiProperty({ type: [ExchangeDto], description: 'Every call to the PS about it' })
  exchanges!: ExchangeDto[];

  @ApiProperty({ type: [CoreOperationDto], description: 'What the bank’s core was asked for, for its refunds too' })
  coreOperations!: CoreOperationDto[];

  @ApiProperty({ type: [JournalEntryDto], description: 'Its journal entries, and those of its refunds' })
  entries!: JournalEntryDto[];

  @ApiProperty({ type: [RefundSummaryDto], description: 'What the PS refunded of it' })
  refunds!: RefundSummaryDto[];

  @ApiProperty({ type: [MessageDto], description: 'What the outbox had, or has, to deliver about it' })
  messages!: MessageDto[];

  @ApiProperty({ type: [AuditLineDto], description: 'What operators did to it' })
  audit!: AuditLineDto[];
}

export function paymentDetailsDto(file: PaymentDetailsView): PaymentDetailsDto {
  const { service, formValues } = file.payment;
  return {
    ...operatorPaymentDto(file),
    service: service && maskedFormDto(service, formValues),
    history: file.history.map(({ version, status, reason, at }) => ({ version, status, reason, at })),
    exchanges: file.exchanges.map(exchangeDto),
    coreOperations: file.coreOperations.map(coreOperationDto),
    entries: file.entries.map(entryDto),
    refunds: file.refunds.map(refundDto),
    messages: file.messages.map(messageDto),
    audit: file.audit.map(auditLineDto),
  };
}

function refundDto({ refundId, status, amount, creditBy, creditedAt, createdAt }: RefundRecord): RefundSummaryDto {
  return { refundId, status, amount: amount?.toString() ?? null, creditBy, creditedAt, createdAt };
}

function exchangeDto(exchange: LoggedCall): ExchangeDto {
  const { method, requestId, attempt, startedAt, finishedAt, outcome, httpStatus, resultCode, request, answer } =
    exchange;
  return {
    method,
    requestId,
    attempt,
    startedAt,
    finishedAt,
    durationMs: finishedAt && finishedAt.getTime() - startedAt.getTime(),
    outcome,
    httpStatus,
    resultCode,
    meaning: meaningDto(resultCode),
    request,
    answer,
  };
}

export function entryDto(entry: ToldEntry): JournalEntryDto {
  const { id, purpose, debit, credit, amount, bookedAt, correction } = entry;
  return {
    id,
    purpose,
    debit: { id: debit, account: entry.debitKind },
    credit: { id: credit, account: entry.creditKind },
    amount: amount.toString(),
    bookedAt,
    corrects: correction?.corrects ?? null,
    reason: correction?.reason ?? null,
    operator: correction?.operator ?? null,
  };
}

export function auditLineDto({ at, actor, action, reason, details }: AuditEntry): AuditLineDto {
  return { at, actor, action, reason, details };
}
