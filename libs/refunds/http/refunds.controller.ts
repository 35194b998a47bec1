import { CurrentCustomer, ForCustomers } from '@mpp/access';
import { type CustomerId, refundId as idOf, type Locale, localeOf } from '@mpp/kernel';
import { ApiProblems, CallerLocale, decodeCursor, PageQuery, PageType, pageOf } from '@mpp/platform';
import { ReceiptDto, ReceiptQueryDto } from '@mpp/qr-payments';
import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiHeader, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { RefundDto, refundDto } from '../api/refund.dto.js';
import { Refunds } from '../refunds.service.js';

export class RefundPageDto extends PageType(RefundDto) {}

const RefundIdParam = () =>
  ApiParam({ name: 'refundId', example: 'Ref1234567', description: 'The PS’s id of the refund' });

@ApiTags('Refunds')
@ApiHeader({ name: 'X-Locale', required: false, schema: { enum: ['ru-RU', 'kk-KZ'] } })
@ForCustomers()
@Controller('v1/refunds')
export class RefundsController {
  constructor(private readonly refunds: Refunds) {}

  @Get()
  @ApiOperation({ summary: 'Свои возвраты, новые первыми / the customer’s own refunds, newest first' })
  @ApiOkResponse({ type: RefundPageDto })
  @ApiProblems('VALIDATION_FAILED')
  async list(
    @CurrentCustomer() customer: CustomerId,
    @Query() { limit, cursor }: PageQuery,
    @CallerLocale() locale: Locale,
  ): Promise<RefundPageDto> {
    const refunds = await this.refunds.listRefunds(customer, limit + 1, decodeCursor(cursor, 'uuid'));
    return pageOf(
      refunds,
      limit,
      ({ createdAt: at, id }) => ({ at, id }),
      (refund) => refundDto(refund, locale),
    );
  }

  @Get(':refundId')
  @ApiOperation({ summary: 'Один возврат / one refund' })
  @RefundIdParam()
  @ApiOkResponse({ type: RefundDto })
  @ApiProblems('NOT_FOUND')
  async getRefund(
    @CurrentCustomer() customer: CustomerId,
    @Param('refundId') refundId: string,
    @CallerLocale() locale: Locale,
  ): Promise<RefundDto> {
    return refundDto(await this.refunds.readRefund(customer, idOf(refundId)), locale);
  }

  @Get(':refundId/receipt')
  @ApiOperation({ summary: 'Чек возврата на языке покупателя / the refund’s receipt in the customer’s language' })
  @RefundIdParam()
  @ApiOkResponse({ type: ReceiptDto })
  @ApiProblems('VALIDATION_FAILED', 'NOT_FOUND')
  async receipt(
    @CurrentCustomer() customer: CustomerId,
    @Param('refundId') refundId: string,
    @Query() query: ReceiptQueryDto,
    @CallerLocale() locale: Locale,
  ): Promise<ReceiptDto> {
    return this.refunds.readReceipt(
      customer,
      idOf(refundId),
      query.locale === undefined ? locale : localeOf(query.locale),
    );
  }
}
