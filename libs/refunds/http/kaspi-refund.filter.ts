import { describeTemporary } from '@mpp/platform';
import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Logger } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';

/**
 * Answers errors of the Kaspi-facing listener that occur before a decision: with a `result` on the refund path, without a
 * body elsewhere, and for a body in an encoding that we do not read.
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
    if (status >= 500) this.log.error(describeTemporary(error)?.line ?? (error as Error).stack ?? String(error));
    // The HTTP server refuses a body that is too long, cut off or of a wrong length.
    const unreadBody =
      request.method === 'POST' && request.url.split('?')[0] === this.refundPath && status < 500 && status !== 404;
    // Nobody knows what it says: the PS must not take our answer for a decision.
    if (unreadBody && status === 415) {
      this.log.error(`${request.id} is answered 415: its body is compressed or not UTF-8`);
      void reply.status(415).send();
      return;
    }
    if (!unreadBody) {
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
