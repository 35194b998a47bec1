import { CurrentOperator, ForTeams, type Operator } from '@mpp/access';
import { RedirectRequestDto } from '@mpp/core-banking';
import { paymentId } from '@mpp/kernel';
import { ApiProblems, decodeCursor, pageOf } from '@mpp/platform';
import { EXAMPLE_PAYMENT_ID, PaymentTimelines } from '@mpp/qr-payments';
import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { PaymentDetails } from '../details/payment-details.service.js';
import { OperatorPaymentPageDto, operatorPaymentDto } from './operator-payment.dto.js';
import { PaymentDetailsDto, paymentDetailsDto } from './payment-details.dto.js';
import { PaymentQuery, paymentFilter, ResolveRequestDto } from './payment-requests.dto.js';

const PaymentIdParam = () =>
  ApiParam({ name: 'id', example: EXAMPLE_PAYMENT_ID, description: 'Our id of the payment' });

/** The payments of all customers. */
@ApiTags('Payments')
@Controller('ops/v1/payments')
export class OperatorPaymentsController {
  constructor(
    private readonly timelines: PaymentTimelines,
    private readonly details: PaymentDetails,
  ) {}

  @Get()
  @ForTeams('support', 'operations', 'accounting')
  @ApiOperation({ summary: 'Payments of all customers, newest first' })
  @ApiOkResponse({ type: OperatorPaymentPageDto })
  @ApiProblems('VALIDATION_FAILED')
  async list(@Query() query: PaymentQuery): Promise<OperatorPaymentPageDto> {
    const after = decodeCursor(query.cursor, 'uuid');
    const views = await this.timelines.searchPayments(paymentFilter(query), query.limit + 1, after);
    return pageOf(views, query.limit, ({ payment }) => ({ at: payment.createdAt, id: payment.id }), operatorPaymentDto);
  }

  @Get(':id')
  @ForTeams('support', 'operations', 'accounting')
  @ApiOperation({
    summary: 'Everything on record about a payment',
    description: 'Statuses, calls to the PS, journal entries, messages and actions of operators.',
  })
  @PaymentIdParam()
  @ApiOkResponse({ type: PaymentDetailsDto })
  @ApiProblems('NOT_FOUND')
  async getPayment(@Param('id') id: string): Promise<PaymentDetailsDto> {
    return paymentDetailsDto(await this.details.readDetails(paymentId(id)));
  }

  @Post(':id/resolve')
  @HttpCode(200)
  @ForTeams('operations')
  @ApiOperation({
    summary: 'Settle a payment that is IN_DOUBT by the outcome known from Kaspi',
    description:
      'Repeated with the same outcome and reason: 200 with the payment. 409 for any other payment that is not IN_DOUBT.',
  })
  @PaymentIdParam()
  @ApiOkResponse({
    type: PaymentDetailsDto,
    description: 'The payment as it is now: CONFIRMED, REVERSED, or REVERSING while it is given back',
  })
  @ApiProblems('VALIDATION_FAILED', 'NOT_FOUND', 'STATE_CONFLICT')
  async resolve(
    @Param('id') id: string,
    @Body() { outcome, reason }: ResolveRequestDto,
    @CurrentOperator() operator: Operator,
  ): Promise<PaymentDetailsDto> {
    return paymentDetailsDto(await this.details.resolve(paymentId(id), outcome, reason, operator.name));
  }

  @Post(':id/redirect')
  @HttpCode(200)
  @ForTeams('operations')
  @ApiOperation({
    summary: 'Give the debit of a payment that is REVERSING back to another account of the customer',
    description:
      '409 if the payment is not REVERSING, or if the bank’s core may be giving the debit back; 422 if the account is not the ' +
      'customer’s or takes no money. A bank’s core is requested at once.',
  })
  @PaymentIdParam()
  @ApiOkResponse({
    type: PaymentDetailsDto,
    description: 'The payment as it is now: REVERSED, or requested at the bank’s core',
  })
  @ApiProblems('VALIDATION_FAILED', 'NOT_FOUND', 'STATE_CONFLICT', 'ACCOUNT_UNUSABLE', 'CORE_UNAVAILABLE')
  async redirect(
    @Param('id') id: string,
    @Body() { accountId: account, reason }: RedirectRequestDto,
    @CurrentOperator() operator: Operator,
  ): Promise<PaymentDetailsDto> {
    return paymentDetailsDto(await this.details.redirect(paymentId(id), account, reason, operator.name));
  }
}
