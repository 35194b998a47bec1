import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { HEADERS } from '@mpp/kaspi/wire';
import { localeOf } from '@mpp/kernel';
import {
  type BeforeApplicationShutdown,
  type CallHandler,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
} from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { catchError, NEVER, type Observable, of, switchMap } from 'rxjs';
import { Faults, type Happening } from '../domain/faults.js';
import { resultOf } from '../ps/answers.js';
import { methodOf } from '../ps/methods.js';

/** The beginning of a good answer: whoever searches the text instead of reading it is led astray. */
const TORN_ANSWER = '{"result":{"resultCode":"SUCCESS","resultMess';

/**
 * Lets what it is put on fail as {@link Faults} says, before the request is looked at; for `lose`, after it was carried out.
 * What is no method of the PS is the receiver of notifications.
 */
@Injectable()
export class FaultInterceptor implements NestInterceptor, BeforeApplicationShutdown {
  private readonly hanging = new Set<Socket>();
  private stopping = false;

  constructor(private readonly faults: Faults) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const happening = this.faults.take(methodOf(request.routeOptions.url) ?? 'notification');
    if (happening === null) return next.handle();
    return this.fail(happening, request, context.switchToHttp().getResponse<FastifyReply>(), next);
  }

  /** Those who wait for an answer that never comes must not keep the simulator from ending. */
  beforeApplicationShutdown(): void {
    this.stopping = true;
    for (const socket of this.hanging) socket.destroy();
  }

  private fail(
    happening: Happening,
    request: FastifyRequest,
    reply: FastifyReply,
    next: CallHandler,
  ): Observable<unknown> {
    const { fault } = happening;
    const { socket } = request.raw;
    switch (fault.do) {
      case 'refuse':
        return of({ result: resultOf(fault.resultCode, localeOf(String(request.headers[HEADERS.locale]))) });
      case 'reset':
        return reset(socket);
      case 'hang':
        return this.hang(socket);
      case 'status':
        void reply
          .status(fault.httpStatus)
          .type('text/html')
          .send(`<h1>${STATUS_CODES[fault.httpStatus] ?? 'Error'}</h1>`);
        return NEVER;
      case 'garbage':
        void reply.status(200).type('application/json').send(TORN_ANSWER);
        return NEVER;
      case 'lose':
        return next.handle().pipe(
          switchMap(() => reset(socket)),
          catchError((refusal: unknown) => {
            // Nothing was carried out, so there is nothing to lose: the refusal is answered as usual.
            this.faults.giveBack(happening);
            throw refusal;
          }),
        );
    }
  }

  private hang(socket: Socket): Observable<never> {
    if (this.stopping) return reset(socket);
    this.hanging.add(socket);
    socket.once('close', () => this.hanging.delete(socket));
    return NEVER;
  }
}

/** Ends the connection at once. What is returned keeps Nest from sending an answer of its own, here and above. */
function reset(socket: Socket): Observable<never> {
  socket.resetAndDestroy();
  return NEVER;
}
