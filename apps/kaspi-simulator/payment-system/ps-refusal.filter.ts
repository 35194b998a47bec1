import { CHECKOUT_PATH, HEADERS, NOTIFY_PATH, SCAN_PATH } from '@mpp/kaspi/wire';
import { type KaspiResultCode, localeOf } from '@mpp/kernel';
import { type ArgumentsHost, Catch, HttpException, Logger } from '@nestjs/common';
import { BaseExceptionFilter } from '@nestjs/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Refusal } from '../domain/refusal.js';
import { resultOf } from '../domain/result.js';

const PS_PATHS: ReadonlySet<string | undefined> = new Set([SCAN_PATH, CHECKOUT_PATH, NOTIFY_PATH]);

/**
 * Every error of the PS is HTTP 200 with a `result` (regulation 1.9): a refusal, an unreadable body, or an internal error.
 * Other paths answer with Nest's defaults.
 */
@Catch()
export class PsRefusalFilter extends BaseExceptionFilter {
  private readonly logger = new Logger('KaspiSimulator');

  override catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    if (!PS_PATHS.has(request.routeOptions.url)) {
      super.catch(error, host);
      return;
    }
    const result = resultOf(this.codeOf(error), localeOf(String(request.headers[HEADERS.locale])));
    void http.getResponse<FastifyReply>().status(200).send({ result });
  }

  private codeOf(error: unknown): KaspiResultCode {
    if (error instanceof Refusal) return error.code;
    if (error instanceof HttpException && error.getStatus() < 500) return 'PARAM_ILLEGAL';
    this.logger.error(error);
    return 'UNKNOWN_EXCEPTION';
  }
}
