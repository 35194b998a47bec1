import type { Locale } from '@mpp/kernel';
import { PageType } from '@mpp/platform';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional } from 'class-validator';
import { FAILURE_CODES, failureText } from '../domain/failure.js';
import { filledIn } from '../domain/service-form.js';
import { PAYMENT_STATUSES, type PaymentStatus } from '../domain/transitions.js';
import type { PaymentView } from '../watch/payment-watch.js';

export class MerchantDto {
  @ApiProperty({ type: String, nullable: true, example: '123456789' })
  id!: string | null;

  @ApiProperty({ type: String, nullable: true, example: 'Coffee Bar' })
  name!: string | null;

  @ApiProperty({ type: String, nullable: true, example: '5812', description: 'Merchant category code' })
  mcc!: string | null;
}

export class ServiceOptionDto {
  @ApiProperty({ example: 'A1' })
  key!: string;

  @ApiProperty({ example: 'Зона A1' })
  label!: string;

  @ApiProperty({ type: String, nullable: true, example: null })
  description!: string | null;
}

export class ServiceParameterDto {
  @ApiProperty({ example: 3932 })
  id!: number;

  @ApiProperty({ example: 'Госномер' })
  name!: string;

  @ApiProperty({ type: String, nullable: true, example: null })
  value!: string | null;

  @ApiProperty({ type: [ServiceOptionDto] })
  options!: readonly ServiceOptionDto[];
}

export class ServiceDto {
  @ApiProperty({ example: 2862 })
  id!: number;

  @ApiProperty({ example: 'Парковка' })
  name!: string;

  @ApiProperty({ type: [ServiceParameterDto] })
  parameters!: readonly ServiceParameterDto[];
}

export class FailureDto {
  @ApiProperty({ enum: FAILURE_CODES, example: 'KASPI_REFUSED' })
  code!: string;

  @ApiProperty({ example: 'Продавец сейчас не принимает оплату. Деньги возвращены.' })
  message!: string;

  @ApiProperty({ type: String, nullable: true, example: 'INVALID_MERCHANT', description: 'The PS’s own code' })
  kaspiResultCode!: string | null;
}

export class ReceiptDto {
  @ApiProperty({
    type: String,
    nullable: true,
    example: 'https://receipt.kaspi.kz/ext?extTranId=QR2509507857&sale_date=2025-05-29+10:53:52.806&locale=kk',
  })
  linkReceipt!: string | null;

  @ApiProperty({
    type: String,
    nullable: true,
    example: 'https://receipt.kaspi.kz/pdf?extTranId=QR2509507857&sale_date=2025-05-29+10:53:52.806&locale=kk',
  })
  pdfReceipt!: string | null;
}

/** The language of the receipt. */
export class ReceiptQueryDto {
  @ApiPropertyOptional({
    enum: ['ru-RU', 'kk-KZ'],
    example: 'kk-KZ',
    description: 'Default: X-Locale, Accept-Language, ru-RU',
  })
  @IsOptional()
  @IsIn(['ru-RU', 'kk-KZ', 'ru', 'kk'])
  locale?: string;
}

/** Absent parts are null. */
export class PaymentDto {
  @ApiProperty({
    example: '019b1f7e-4a31-7c3f-9a55-0d7a9c1b2e44',
    description: 'UUIDv7; the PS knows it as mppPaymentId',
  })
  id!: string;

  @ApiProperty({ enum: ['Dynamic', 'Static', 'Custom'] })
  qrCodeType!: string;

  @ApiProperty({ enum: PAYMENT_STATUSES, example: 'CONFIRMED' })
  status!: PaymentStatus;

  @ApiProperty({ type: String, nullable: true, example: '100.00' })
  amount!: string | null;

  @ApiProperty({ example: 'KZT' })
  currency!: string;

  @ApiProperty({ example: '0.00' })
  refundedAmount!: string;

  @ApiProperty({ type: String, nullable: true, example: '019b1f7e-0000-7000-8000-5a1d2c3b4e5f' })
  accountId!: string | null;

  @ApiProperty({
    type: Date,
    nullable: true,
    example: '2026-02-19T09:57:41.000Z',
    description: 'Kaspi’s own deadline; null where it named none',
  })
  confirmUntil!: Date | null;

  @ApiProperty({
    type: Date,
    nullable: true,
    example: '2026-02-19T09:57:39.000Z',
    description:
      'The last moment at which a confirm is taken: Kaspi’s deadline less a margin, or our own limit; null once it waits for none',
  })
  expiresAt!: Date | null;

  @ApiProperty({ type: Date, example: '2026-02-19T09:53:02.118Z', description: 'The server’s clock, for a countdown' })
  serverTime!: Date;

  @ApiProperty({ type: Date, nullable: true, example: '2026-02-19T09:53:02.101Z' })
  confirmedAt!: Date | null;

  @ApiProperty({ type: String, nullable: true, example: 'QR2509507857', description: 'As the PS’s registry names it' })
  kaspiOperationId!: string | null;

  @ApiProperty({ type: MerchantDto, nullable: true })
  merchant!: MerchantDto | null;

  @ApiProperty({ type: ServiceDto, nullable: true, example: null, description: 'Custom only: the form to fill in' })
  service!: ServiceDto | null;

  @ApiProperty({ type: FailureDto, nullable: true, example: null })
  failure!: FailureDto | null;

  @ApiProperty({
    type: ReceiptDto,
    nullable: true,
    description: 'As the PS sent it, in Russian; GET …/receipt localises',
  })
  receipt!: ReceiptDto | null;

  @ApiProperty({ type: Date, example: '2026-02-19T09:52:41.033Z' })
  createdAt!: Date;

  @ApiProperty({ type: Date, example: '2026-02-19T09:53:02.101Z' })
  updatedAt!: Date;
}

export class PaymentPageDto extends PageType(PaymentDto) {}

export function paymentDto({ payment, receipt }: PaymentView, serverTime: Date, locale: Locale): PaymentDto {
  const { failure } = payment;
  return {
    id: payment.id,
    qrCodeType: payment.qrCodeType,
    status: payment.status,
    amount: payment.amount?.toString() ?? null,
    currency: 'KZT',
    refundedAmount: payment.refundedAmount.toString(),
    accountId: payment.accountId,
    confirmUntil: payment.confirmUntil,
    expiresAt: payment.expiresAt,
    serverTime,
    confirmedAt: payment.confirmedAt,
    kaspiOperationId: receipt?.kaspiOperationId ?? null,
    merchant: payment.merchant,
    service: payment.service && filledIn(payment.service, payment.formValues),
    failure: failure && {
      code: failure.code,
      message: failureText(failure, payment.status)[locale],
      kaspiResultCode: failure.kaspiResultCode,
    },
    receipt: receipt && { linkReceipt: receipt.linkReceipt, pdfReceipt: receipt.pdfReceipt },
    createdAt: payment.createdAt,
    updatedAt: payment.updatedAt,
  };
}
