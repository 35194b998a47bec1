import { CurrentCustomer, ForCustomers } from '@mpp/access';
import { Clock, type CustomerId, type Locale, paymentId } from '@mpp/kernel';
import { ApiProblems, CallerLocale } from '@mpp/platform';
import { EXAMPLE_PAYMENT_ID, PaymentDto, paymentDto } from '@mpp/qr-payments';
import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { ApiHeader, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { Checkouts } from '../checkout/checkouts.service.js';
import { CheckoutRequestDto } from './checkout.dto.js';

@ApiTags('Payments')
@ApiHeader({ name: 'X-Locale', required: false, schema: { enum: ['ru-RU', 'kk-KZ'] } })
@ForCustomers()
@Controller('v1/payments')
export class CheckoutController {
  constructor(
    private readonly checkouts: Checkouts,
    private readonly clock: Clock,
  ) {}

  @Post(':id/checkout')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Узнать цену услуги / request the price of a service (Custom)',
    description:
      'The values cannot be changed once they were sent, answered or not (FORM_FROZEN): for other ones cancel the payment and scan again.',
  })
  @ApiParam({ name: 'id', example: EXAMPLE_PAYMENT_ID, description: 'The Payment’s id' })
  @ApiOkResponse({ type: PaymentDto, description: 'With its amount, AWAITING_CONFIRMATION' })
  @ApiProblems(
    'VALIDATION_FAILED',
    'NOT_FOUND',
    'STATE_CONFLICT',
    'FORM_FROZEN',
    'FORM_INVALID',
    'AMOUNT_NOT_WHOLE',
    'KASPI_REFUSED',
    'KASPI_NO_ANSWER',
  )
  async checkout(
    @CurrentCustomer() customer: CustomerId,
    @Param('id') id: string,
    @Body() request: CheckoutRequestDto,
    @CallerLocale() locale: Locale,
  ): Promise<PaymentDto> {
    const view = await this.checkouts.checkout(customer, paymentId(id), request.parameters, locale);
    return paymentDto(view, this.clock.now(), locale);
  }
}
