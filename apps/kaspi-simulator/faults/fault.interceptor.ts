import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { CoreReason } from '@mpp/core-banking/wire';
import { HEADERS } from '@mpp/kaspi/wire';
import { localeOf } from '@mpp/kernel';
import {
  type BeforeApplicationShutdown,
  type CallHandler,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import {
  catchError,
  delayWhen,
  finalize,
  map,
  NEVER,
  type Observable,
  of,
  race,
  Subject,
  switchMap,
  timer,
} from 'rxjs';
import { Faults, type FaultyMethod, type Happening } from '../domain/faults.js';
import { resultOf } from '../domain/result.js';
import { planRefusal } from './planned-refusals.js';

export const FAULTY_METHOD = 'faulty-method';

/** The beginning of a good answer: whoever searches the text instead of reading it is led astray. */
const TORN_ANSWER = '{"result":{"resultCode":"SUCCESS","resultMess';
const TORN_CORE_ANSWER = '{"outcome":"DONE","operati';

interface Call {
  readonly method: FaultyMethod;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly next: CallHandler;
}

/**
 * Lets what can fail do so as {@link Faults} says, before the request is looked at; for `lose` and `slow`, after it was
 * carried out.
 */
@Injectable()
export class FaultInterceptor implements NestInterceptor, BeforeApplicationShutdown {
  private readonly hanging = new Set<Socket>();
  private readonly end = new Subject<void>();
  private stopping = false;

  constructor(
    private readonly faults: Faults,
    private readonly reflector: Reflector,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const method = this.reflector.get<FaultyMethod>(FAULTY_METHOD, context.getHandler());
    const happening = this.faults.take(method);
    if (happening === null) return next.handle();
    const http = context.switchToHttp();
    const [request, reply] = [http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>()];
    return this.fail(happening, { method, request, reply, next });
  }

  /** Those who wait for an answer that never comes, or comes late, must not keep the simulator from ending. */
  beforeApplicationShutdown(): void {
    this.stopping = true;
    for (const socket of this.hanging) socket.destroy();
    this.end.next();
  }

  private fail(happening: Happening, { method, request, reply, next }: Call): Observable<unknown> {
    const { fault } = happening;
    const { socket } = request.raw;
    switch (fault.do) {
      case 'refuse':
        if ('reason' in fault) return this.refuse(happening, fault.reason, request, next);
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
        void reply
          .status(200)
          .type('application/json')
          .send(method.startsWith('core') ? TORN_CORE_ANSWER : TORN_ANSWER);
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
      case 'slow':
        return this.late(next.handle(), fault.ms);
    }
  }

  /** By whoever answers, so that it is remembered; where an answer stands already, the refusal waits for one that is new. */
  private refuse(
    happening: Happening,
    reason: CoreReason,
    request: FastifyRequest,
    next: CallHandler,
  ): Observable<unknown> {
    const refusal = planRefusal(request, reason);
    return next.handle().pipe(
      finalize(() => {
        if (!refusal.used) this.faults.giveBack(happening);
      }),
    );
  }

  private late(answer: Observable<unknown>, ms: number): Observable<unknown> {
    if (this.stopping) return answer;
    const later = () => race(timer(ms), this.end);
    return answer.pipe(
      delayWhen(later),
      catchError((refusal: unknown) =>
        later().pipe(
          map(() => {
            throw refusal;
          }),
        ),
      ),
    );
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
