import { STATUS_CODES } from 'node:http';
import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Logger } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { CoreConflict } from '../domain/core-operation.js';

/** Every error of the core is a problem of RFC 9457. It has no `outcome`, so it cannot be mistaken for an operation's answer. */
@Catch()
export class CoreProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger('Core');

  catch(error: unknown, host: ArgumentsHost): void {
    const { status, detail } = this.problemOf(error);
    const title = STATUS_CODES[status] ?? 'Error';
    void host
      .switchToHttp()
      .getResponse<FastifyReply>()
      .status(status)
      .type('application/problem+json')
      .send(JSON.stringify({ type: 'about:blank', title, status, detail }));
  }

  private problemOf(error: unknown): { status: number; detail: string } {
    if (error instanceof CoreConflict) return { status: 409, detail: error.message };
    if (error instanceof HttpException) return { status: error.getStatus(), detail: error.message };
    this.logger.error(error);
    return { status: 500, detail: 'an internal error of the simulator' };
  }
}
