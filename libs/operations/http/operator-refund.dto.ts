import { PageType } from '@mpp/platform';
import { ReceiptDto } from '@mpp/qr-payments';
import { REFUND_STATUSES, type RefundCall, type RefundRecord } from '@mpp/refunds';
import { ApiProperty } from '@nestjs/swagger';
import type { RefundDetailsView } from '../details/refund-details.service.js';
import { CoreOperationDto, coreOperationDto } from './core-operation.dto.js';
import { MessageDto, messageDto } from './outbox.dto.js';
import { AuditLineDto, auditLineDto, entryDto, JournalEntryDto } from './payment-details.dto.js';

/** A decision about a refundId; of a refusal only what could be read. Absent parts are null. */
export class OperatorRefundDto {
  @ApiProperty({ example: 'Ref1234567', description: 'The PS’s id of the refund' })
  refundId!: string;

  @ApiProperty({
    enum: REFUND_STATUSES,
    example: 'CREDITED',
    description: 'SUSPENDED: the customer has no account that takes money; it is owed to them',
  })
  status!: string;

  @ApiProperty({ example: 'SUCCESS', description: 'What the PS was answered' })
  resultCode!: string;

  @ApiProperty({ example: 'success' })
  resultMessage!: string;

  @ApiProperty({ type: String, nullable: true, example: null, description: 'Why it was refused' })
  refusal!: string | null;

  @ApiProperty({ type: String, nullable: true, example: '900900000001' })
  customerId!: string | null;

  @ApiProperty({ type: String, nullable: true, example: '019b1f7e-4a31-7c3f-9a55-0d7a9c1b2e44' })
  paymentId!: string | null;

  @ApiProperty({ type: String, nullable: true, example: '379eb787-1a36-4096-ac39-4f3006e26a19' })
  kaspiPaymentId!: string | null;

  @ApiProperty({ type: String, nullable: true, example: '100.00' })
  amount!: string | null;

  @ApiProperty({ type: Date, nullable: true, example: '2026-02-19T10:53:02.101Z' })
  creditBy!: Date | null;

  @ApiProperty({ type: Number, nullable: true, example: 3599000, description: 'Until creditBy; below zero once over' })
  timeLeftMs!: number | null;

  @ApiProperty({ example: false, description: 'Its hour is over and it is not credited' })
  overdue!: boolean;

  @ApiProperty({ type: Date, nullable: true, example: null })
  suspendedAt!: Date | null;

  @ApiProperty({ type: Date, nullable: true, example: '2026-02-19T09:53:02.201Z' })
  creditedAt!: Date | null;

  @ApiProperty({
    type: String,
    nullable: true,
    example: '019b1f7e-0000-7000-8000-5a1d2c3b4e5f',
    description: 'Null also where it was settled against a reversal: the customer had the money already (R19)',
  })
  creditedAccountId!: string | null;

  @ApiProperty({ type: String, nullable: true, example: 'QR2509509530', description: 'As the PS’s registry names it' })
  kaspiOperationId!: string | null;

  @ApiProperty({ type: ReceiptDto, nullable: true, description: 'As the PS sent it' })
  receipt!: ReceiptDto | null;

  @ApiProperty({ type: Date, example: '2026-02-19T09:53:02.101Z' })
  createdAt!: Date;
}

export class OperatorRefundPageDto extends PageType(OperatorRefundDto) {}

export class RefundCallDto {
  @ApiProperty({ type: Date, example: '2026-02-19T09:53:02.101Z' })
  receivedAt!: Date;

  @ApiProperty({ example: '019b1f7e-5b42-7d40-8b66-1e8bad2c3f55', description: 'X-Request-ID' })
  requestId!: string;

  @ApiProperty({ example: 200 })
  httpStatus!: number;

  @ApiProperty({ example: 'SUCCESS' })
  resultCode!: string;

  @ApiProperty({ type: String, nullable: true, example: 'REPEATED' })
  remark!: string | null;

  @ApiProperty({ type: String, nullable: true, example: '{"refundId":"Ref1234567","customerId":"9009*****"}' })
  body!: string | null;
}

export class RefundAlertDto {
  @ApiProperty({ example: 'REFUND_HALF_TIME' })
  kind!: string;

  @ApiProperty({ type: Date, example: '2026-02-19T10:23:02.101Z' })
  raisedAt!: Date;
}

/** The whole story of a refund; every list from its beginning on. */
export class RefundDetailsDto extends OperatorRefundDto {
  @ApiProperty({ type: [RefundCallDto], description: 'Every call of the PS about it' })
  calls!: RefundCallDto[];

  @ApiProperty({ type: [CoreOperationDto], description: 'What the bank’s core was asked for' })
  coreOperations!: CoreOperationDto[];

  @ApiProperty({ type: [JournalEntryDto], description: 'Its journal entries' })
  entries!: JournalEntryDto[];

  @ApiProperty({ type: [MessageDto], description: 'Its crediting, and what the gateway is told of it' })
  messages!: MessageDto[];

  @ApiProperty({ type: [RefundAlertDto], description: 'What operators were told of it' })
  alerts!: RefundAlertDto[];

  @ApiProperty({ type: [AuditLineDto], description: 'What operators did to it' })
  audit!: AuditLineDto[];
}

export function operatorRefundDto(record: RefundRecord, now: Date): OperatorRefundDto {
  const { creditBy, linkReceipt, pdfReceipt } = record;
  const waits = record.status === 'ACCEPTED' || record.status === 'SUSPENDED';
  const timeLeftMs = waits && creditBy !== null ? creditBy.getTime() - now.getTime() : null;
  return {
    refundId: record.refundId,
    status: record.status,
    resultCode: record.resultCode,
    resultMessage: record.resultMessage,
    refusal: record.refusal,
    customerId: record.customerId,
    paymentId: record.paymentId,
    kaspiPaymentId: record.kaspiPaymentId,
    amount: record.amount?.toString() ?? null,
    creditBy,
    timeLeftMs,
    overdue: timeLeftMs !== null && timeLeftMs <= 0,
    suspendedAt: record.suspendedAt,
    creditedAt: record.creditedAt,
    creditedAccountId: record.creditedAccountId,
    kaspiOperationId: record.kaspiOperationId,
    receipt: linkReceipt === null && pdfReceipt === null ? null : { linkReceipt, pdfReceipt },
    createdAt: record.createdAt,
  };
}

export function refundDetailsDto(file: RefundDetailsView, now: Date): RefundDetailsDto {
  return {
    ...operatorRefundDto(file, now),
    calls: file.calls.map(callDto),
    coreOperations: file.coreOperations.map(coreOperationDto),
    entries: file.entries.map(entryDto),
    messages: file.messages.map(messageDto),
    alerts: file.alerts.map(({ kind, raisedAt }) => ({ kind, raisedAt })),
    audit: file.audit.map(auditLineDto),
  };
}

function callDto({ receivedAt, requestId, httpStatus, resultCode, remark, body }: RefundCall): RefundCallDto {
  return { receivedAt, requestId, httpStatus, resultCode, remark, body };
}
