import { setTimeout as pause } from 'node:timers/promises';
import { Settings } from '@mpp/config';
import { describeTemporary } from '@mpp/platform';
import { Controller, Logger, Post, Req, Res, type Type } from '@nestjs/common';
import { ApiBody, ApiHeader, ApiOkResponse, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { DeferredRefund } from '../intake/deferred-refund.js';
import { RefundIntake } from '../intake/intake.service.js';
import { RefundAnswerDto, RefundRequestDto } from './kaspi-refund.dto.js';

/** The only call of the PS to us (regulation 4.4), at KASPI_REFUND_PATH. */
export function kaspiRefundController(path: string): Type {
  @ApiTags('Refund')
  @Controller()
  class KaspiRefundController {
    readonly log = new Logger('Refunds');

    constructor(
      readonly intake: RefundIntake,
      readonly settings: Settings,
    ) {}

    @Post(path)
    @ApiOperation({
      summary: 'The PS refunds a purchase, in full or in part',
      description:
        'Idempotent by refundId: equal content gets the equal answer, other content PARAM_ILLEGAL. SUCCESS promises that ' +
        'the customer has the money within the hour.',
    })
    @ApiHeader({
      name: 'X-Request-ID',
      required: false,
      description: 'Logged and echoed',
      schema: { type: 'string', maxLength: 64 },
    })
    @ApiBody({ type: RefundRequestDto })
    @ApiOkResponse({ type: RefundAnswerDto, description: 'Decided: SUCCESS or PARAM_ILLEGAL' })
    @ApiResponse({ status: 400, type: RefundAnswerDto, description: 'Not JSON' })
    @ApiResponse({ status: 413, type: RefundAnswerDto, description: 'Too long' })
    @ApiResponse({ status: 415, description: 'Compressed, or not UTF-8; no body: repeat the request in UTF-8' })
    @ApiResponse({ status: 403, description: 'The caller is not the PS; no body' })
    @ApiResponse({ status: 503, description: 'Cannot be decided now; no body: repeat the request' })
    async refund(
      @Req() request: FastifyRequest,
      @Res({ passthrough: true }) reply: FastifyReply,
    ): Promise<RefundAnswerDto | undefined> {
      // A decision that takes longer than this is still made: a repeat gets its answer.
      const timer = new AbortController();
      const late = pause(this.settings.KASPI_ANSWER_WITHIN_MS, null, { signal: timer.signal }).catch(() => null);
      const decided = this.intake.receiveRefund(typeof request.body === 'string' ? request.body : '', request.id);
      try {
        const answer = await Promise.race([decided, late]);
        if (answer !== null) {
          reply.status(answer.httpStatus);
          const { resultCode, resultMessage } = answer;
          return { result: { resultCode, resultMessage } };
        }
        decided.catch(() => undefined);
        this.log.error(`${request.id} could not be decided in ${this.settings.KASPI_ANSWER_WITHIN_MS} ms`);
      } catch (error) {
        const isDeferred = error instanceof DeferredRefund;
        const reason = describeTemporary(error)?.line ?? (error as Error).stack;
        if (!isDeferred) this.log.error(`${request.id} could not be decided: ${reason}`);
      } finally {
        timer.abort();
      }
      reply.status(503);
      return undefined;
    }
  }
  return KaspiRefundController;
}
