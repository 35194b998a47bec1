import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Logger } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';

/**
 * Answers what goes wrong on the Kaspi-facing listener before anything is decided: the PS always reads a `result`, and
 * whoever asks for something else reads nothing.
 */
@Catch()
export class KaspiRefundFilter implements ExceptionFilter {
  private readonly log = new Logger('Refunds');

  constructor(private readonly refundPath: string) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const reply = http.getResponse<FastifyReply>();
    if (reply.sent) return;
    const request = http.getRequest<FastifyRequest>();
    const status = statusOf(error);
    if (status >= 500) this.log.error(error instanceof Error ? (error.stack ?? error.message) : String(error));
    // With a path of ours and a body that the HTTP server refuses: too long, cut off, of a wrong length.
    const unread =
      request.method === 'POST' && request.url.split('?')[0] === this.refundPath && status < 500 && status !== 404;
    if (!unread) {
      void reply.status(status >= 500 ? 503 : 404).send();
      return;
    }
    const resultMessage = status === 413 ? 'the body is too long' : 'the body cannot be read';
    void reply
      .status(status === 413 ? 413 : 400)
      .header('content-type', 'application/json; charset=utf-8')
      .send({ result: { resultCode: 'PARAM_ILLEGAL', resultMessage } });
  }
}

function statusOf(error: unknown): number {
  return error instanceof HttpException ? error.getStatus() : ((error as { statusCode?: number })?.statusCode ?? 500);
}
