import { CurrentCustomer, ForCustomers } from '@mpp/access';
import { accountId, Clock, type CustomerId, type Locale, localeOf, Money, NO_ACCOUNT, paymentId } from '@mpp/kernel';
import { ApiProblems, CallerLocale, decodeCursor, PageQuery, pageOf } from '@mpp/platform';
import { Body, Controller, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { ApiAcceptedResponse, ApiHeader, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { isFinal } from '../domain/transitions.js';
import { Payments } from '../payments.service.js';
import { EXAMPLE_PAYMENT_ID } from './example-id.js';
import { PaymentDto, PaymentPageDto, paymentDto, ReceiptDto } from './payment.dto.js';
import { ConfirmRequestDto, ReceiptQueryDto } from './requests.dto.js';

const PaymentIdParam = () => ApiParam({ name: 'id', example: EXAMPLE_PAYMENT_ID, description: 'The Payment’s id' });

@ApiTags('Payments')
@ApiHeader({ name: 'X-Locale', required: false, schema: { enum: ['ru-RU', 'kk-KZ'] } })
@ForCustomers()
@Controller('v1/payments')
export class PaymentsController {
  constructor(
    private readonly payments: Payments,
    private readonly clock: Clock,
  ) {}

  @Post(':id/confirm')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Списать деньги и сообщить Kaspi / debit, tell the PS, wait for its answer',
    description: 'Repeating it never debits twice. 200 with a final Payment, 202 while the PS has not answered.',
  })
  @PaymentIdParam()
  @ApiOkResponse({ type: PaymentDto, description: 'Final: CONFIRMED, REVERSED, DECLINED, EXPIRED, CANCELLED' })
  @ApiAcceptedResponse({ type: PaymentDto, description: 'PROCESSING or IN_DOUBT: ask again' })
  @ApiProblems(
    'VALIDATION_FAILED',
    'NOT_FOUND',
    'STATE_CONFLICT',
    'ALREADY_PAID',
    'AMOUNT_CHANGED',
    'AMOUNT_INVALID',
    'ACCOUNT_UNUSABLE',
  )
  async confirm(
    @CurrentCustomer() customer: CustomerId,
    @Param('id') id: string,
    @Body() request: ConfirmRequestDto,
    @CallerLocale() locale: Locale,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PaymentDto> {
    const confirm = {
      accountId: request.accountId === undefined ? null : (accountId(request.accountId) ?? NO_ACCOUNT),
      amount: request.amount === undefined ? null : Money.parse(request.amount),
      expectedAmount: request.expectedAmount === undefined ? null : Money.parse(request.expectedAmount),
    };
    const view = await this.payments.confirm(customer, paymentId(id), confirm, locale);
    reply.status(isFinal(view.payment.status) ? 200 : 202);
    return paymentDto(view, this.clock.now(), locale);
  }

  @Get(':id')
  @ApiOperation({ summary: 'Один платёж / one payment' })
  @PaymentIdParam()
  @ApiOkResponse({ type: PaymentDto })
  @ApiProblems('NOT_FOUND')
  async one(
    @CurrentCustomer() customer: CustomerId,
    @Param('id') id: string,
    @CallerLocale() locale: Locale,
  ): Promise<PaymentDto> {
    return paymentDto(await this.payments.get(customer, paymentId(id)), this.clock.now(), locale);
  }

  @Get()
  @ApiOperation({ summary: 'Свои платежи, новые первыми / the customer’s own, newest first' })
  @ApiOkResponse({ type: PaymentPageDto })
  @ApiProblems('VALIDATION_FAILED')
  async list(
    @CurrentCustomer() customer: CustomerId,
    @Query() page: PageQuery,
    @CallerLocale() locale: Locale,
  ): Promise<PaymentPageDto> {
    const after = decodeCursor(page.cursor, 'uuid');
    const views = await this.payments.list(customer, page.limit + 1, after);
    const now = this.clock.now();
    return pageOf(
      views,
      page.limit,
      ({ payment }) => ({ at: payment.createdAt, id: payment.id }),
      (view) => paymentDto(view, now, locale),
    );
  }

  @Get(':id/receipt')
  @ApiOperation({ summary: 'Чек на языке покупателя / the receipt in the customer’s language' })
  @PaymentIdParam()
  @ApiOkResponse({ type: ReceiptDto })
  @ApiProblems('VALIDATION_FAILED', 'NOT_FOUND')
  async receipt(
    @CurrentCustomer() customer: CustomerId,
    @Param('id') id: string,
    @Query() query: ReceiptQueryDto,
    @CallerLocale() locale: Locale,
  ): Promise<ReceiptDto> {
    const asked = query.locale === undefined ? locale : localeOf(query.locale);
    return this.payments.receipt(customer, paymentId(id), asked);
  }
}
