import { DomainError, type ErrorCode } from '@mpp/kernel';
import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Logger } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { describeTemporary } from '../database/postgres-error.js';
import { requestLocale } from './locale.js';
import { PROBLEM_MEDIA_TYPE, problemOf } from './problems.js';

/** Answers every error as an RFC 9457 problem, also unknown routes and unreadable bodies. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly log = new Logger('Http');

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const reply = http.getResponse<FastifyReply>();
    if (reply.sent) return;
    void sendProblem(http.getRequest<FastifyRequest>(), reply, asDomainError(error, this.log));
  }
}

export function sendProblem(request: FastifyRequest, reply: FastifyReply, error: DomainError): FastifyReply {
  const problem = problemOf(error, requestLocale(request));
  if (problem.status === 401) reply.header('www-authenticate', 'Bearer');
  return reply.status(problem.status).header('content-type', PROBLEM_MEDIA_TYPE).send(problem);
}

/** Translates errors of the framework, the HTTP server and the database. An unexpected error is logged in full and answered with INTERNAL_ERROR. */
function asDomainError(error: unknown, log: Logger): DomainError {
  if (error instanceof DomainError) return error;
  const temporary = describeTemporary(error);
  if (temporary !== null) {
    log.error(temporary.line);
    return new DomainError('SERVICE_UNAVAILABLE', temporary.busy ? { detail: BUSY } : {});
  }
  if (isDiskFull(error)) {
    log.error(`the disk is full: ${(error as Error).message}`);
    return new DomainError('STORAGE_FULL');
  }
  const status = error instanceof HttpException ? error.getStatus() : (error as { statusCode?: number })?.statusCode;
  if (status === 400) return new DomainError('VALIDATION_FAILED', { detail: NO_JSON });
  const code = status === undefined ? undefined : BY_STATUS[status];
  if (code !== undefined) return new DomainError(code);
  log.error(error instanceof Error ? (error.stack ?? error.message) : String(error));
  return new DomainError('INTERNAL_ERROR');
}

function isDiskFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');
}

// Other 400s are DomainErrors; this one comes from the body's parser.
const NO_JSON = { ru: 'Тело запроса не является JSON (RFC 8259).', kk: 'Сұраным денесі JSON (RFC 8259) емес.' };

const BUSY = {
  ru: 'Эти данные сейчас обрабатываются. Ничего не изменено: повторите запрос немного позже.',
  kk: 'Бұл деректер қазір өңделуде. Ештеңе өзгертілген жоқ: сұранымды сәл кейінірек қайталаңыз.',
};

const BY_STATUS: Readonly<Record<number, ErrorCode>> = {
  401: 'UNAUTHENTICATED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  413: 'PAYLOAD_TOO_LARGE',
  414: 'VALIDATION_FAILED',
  415: 'UNSUPPORTED_MEDIA_TYPE',
  429: 'RATE_LIMITED',
  503: 'SERVICE_UNAVAILABLE',
};
