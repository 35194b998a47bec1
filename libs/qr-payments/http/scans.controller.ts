import { CurrentCustomer, ForCustomers } from '@mpp/access';
import { Clock, type CustomerId, type Locale } from '@mpp/kernel';
import { ApiProblems, CallerLocale } from '@mpp/platform';
import { Body, Controller, Post, Res } from '@nestjs/common';
import { ApiCreatedResponse, ApiHeader, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { paymentDto } from '../api/payment.dto.js';
import { Scans } from '../scan/scans.service.js';
import { ScanAnswerDto, ScanRequestDto } from './requests.dto.js';

@ApiTags('Payments')
@ApiHeader({ name: 'X-Locale', required: false, schema: { enum: ['ru-RU', 'kk-KZ'] } })
@ForCustomers()
@Controller('v1/scans')
export class ScansController {
  constructor(
    private readonly scans: Scans,
    private readonly clock: Clock,
  ) {}

  @Post()
  @ApiOperation({ summary: 'Узнать, что за QR-код / find out from the PS what a QR code is' })
  @ApiCreatedResponse({ type: ScanAnswerDto, description: 'A new Payment, or a refund QR' })
  @ApiOkResponse({
    type: ScanAnswerDto,
    description: 'The Payment that this customer already has of this purchase (R33)',
  })
  @ApiProblems('VALIDATION_FAILED', 'QR_UNKNOWN', 'KASPI_REFUSED', 'KASPI_NO_ANSWER')
  async scan(
    @CurrentCustomer() customer: CustomerId,
    @Body() request: ScanRequestDto,
    @CallerLocale() locale: Locale,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ScanAnswerDto> {
    const scanned = await this.scans.scan(customer, request.qrCode, locale);
    if (scanned.kind === 'refund') {
      reply.status(201);
      return { qrCodeType: 'Refund', refund: { refundId: scanned.refundId } };
    }
    reply.status(scanned.created ? 201 : 200);
    return { qrCodeType: scanned.payment.qrCodeType, payment: paymentDto(scanned, this.clock.now(), locale) };
  }
}
