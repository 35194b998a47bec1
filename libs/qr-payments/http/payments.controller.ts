import { CurrentCustomer, ForCustomers } from '@mpp/access';
import { Clock, type CustomerId, type Locale, localeOf, Money, paymentId } from '@mpp/kernel';
import { ApiProblems, CallerLocale, decodeCursor, PageQuery, pageOf } from '@mpp/platform';
import { Body, Controller, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiHeader,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiProduces,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { PaymentDto, PaymentPageDto, paymentDto, ReceiptDto, ReceiptQueryDto } from '../api/payment.dto.js';
import { Confirmations } from '../confirm/confirmations.service.js';
import { isFinal } from '../domain/transitions.js';
import { Payments } from '../payments/payments.service.js';
import { EVENT_STREAM_HEADERS, eventStream } from './event-stream.js';
import { EXAMPLE_PAYMENT_ID } from './example-id.js';
import { ConfirmRequestDto } from './requests.dto.js';

const PaymentIdParam = () => ApiParam({ name: 'id', example: EXAMPLE_PAYMENT_ID, description: 'The Payment’s id' });

@ApiTags('Payments')
@ApiHeader({ name: 'X-Locale', required: false, schema: { enum: ['ru-RU', 'kk-KZ'] } })
@ForCustomers()
@Controller('v1/payments')
export class PaymentsController {
  constructor(
    private readonly confirmations: Confirmations,
    private readonly payments: Payments,
    private readonly clock: Clock,
  ) {}

  @Post(':id/confirm')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Списать деньги и сообщить Kaspi / debit, notify the PS, wait for its answer',
    description: 'Repeating it never debits twice. 200 with a final Payment, 202 while the PS has not answered.',
  })
  @PaymentIdParam()
  @ApiOkResponse({ type: PaymentDto, description: 'Final: CONFIRMED, REVERSED, DECLINED, EXPIRED, CANCELLED' })
  @ApiAcceptedResponse({
    type: PaymentDto,
    description: 'DEBITING, PROCESSING, IN_DOUBT or REVERSING: repeat the request',
  })
  @ApiProblems(
    'VALIDATION_FAILED',
    'NOT_FOUND',
    'STATE_CONFLICT',
    'CHECKOUT_REQUIRED',
    'ALREADY_PAID',
    'PURCHASE_CLOSED',
    'AMOUNT_CHANGED',
    'AMOUNT_INVALID',
    'AMOUNT_NOT_WHOLE',
    'LIMIT_EXCEEDED',
    'ACCOUNT_UNUSABLE',
    'KASPI_UNAVAILABLE',
    'CORE_UNAVAILABLE',
    'RECOVERY',
  )
  async confirm(
    @CurrentCustomer() customer: CustomerId,
    @Param('id') id: string,
    @Body() request: ConfirmRequestDto,
    @CallerLocale() locale: Locale,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PaymentDto> {
    const confirm = {
      account: request.accountId ?? null,
      amount: request.amount === undefined ? null : Money.parse(request.amount),
      expectedAmount: request.expectedAmount === undefined ? null : Money.parse(request.expectedAmount),
    };
    const view = await this.confirmations.confirm(customer, paymentId(id), confirm, locale);
    reply.status(isFinal(view.payment.status) ? 200 : 202);
    return paymentDto(view, this.clock.now(), locale);
  }

  @Post(':id/cancel')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Покупатель ушёл назад / the customer went back',
    description: 'Possible until the debit. Kaspi is notified once, also if the payment had expired.',
  })
  @PaymentIdParam()
  @ApiOkResponse({ type: PaymentDto, description: 'CANCELLED, or EXPIRED' })
  @ApiProblems('NOT_FOUND', 'STATE_CONFLICT', 'RECOVERY')
  async cancel(
    @CurrentCustomer() customer: CustomerId,
    @Param('id') id: string,
    @CallerLocale() locale: Locale,
  ): Promise<PaymentDto> {
    return paymentDto(await this.confirmations.cancel(customer, paymentId(id), locale), this.clock.now(), locale);
  }

  @Get(':id/events')
  @ApiOperation({
    summary: 'Изменения платежа по мере их появления / the payment at each change, as server-sent events',
    description: '`event: payment` with the Payment as data, at once and at each change; it ends after a final status.',
  })
  @PaymentIdParam()
  @ApiProduces('text/event-stream')
  @ApiOkResponse({ type: PaymentDto, description: 'Each event’s data' })
  @ApiProblems('NOT_FOUND')
  async events(
    @CurrentCustomer() customer: CustomerId,
    @Param('id') id: string,
    @CallerLocale() locale: Locale,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const gone = new AbortController();
    const views = this.payments.followPayment(customer, paymentId(id), gone.signal);
    // NOT_FOUND is answered before the stream begins.
    const first = await views.next();
    await reply
      .headers(EVENT_STREAM_HEADERS)
      .send(eventStream(first, views, (view) => JSON.stringify(paymentDto(view, this.clock.now(), locale)), gone));
  }

  @Get(':id')
  @ApiOperation({ summary: 'Один платёж / one payment' })
  @PaymentIdParam()
  @ApiOkResponse({ type: PaymentDto })
  @ApiProblems('NOT_FOUND')
  async getPayment(
    @CurrentCustomer() customer: CustomerId,
    @Param('id') id: string,
    @CallerLocale() locale: Locale,
  ): Promise<PaymentDto> {
    return paymentDto(await this.payments.getPayment(customer, paymentId(id)), this.clock.now(), locale);
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
    const views = await this.payments.listPayments(customer, page.limit + 1, after);
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
    const requested = query.locale === undefined ? locale : localeOf(query.locale);
    return this.payments.getReceipt(customer, paymentId(id), requested);
  }
}
