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
import { Faults, type FaultyMethod, type PlannedFault } from '../domain/faults.js';
import { resultOf } from '../domain/result.js';
import { planRefusal, refuseAnotherResult } from './planned-refusals.js';

export const FAULTY_METHOD = 'faulty-method';

/** The first half of a SUCCESS, which a client that searches the text instead of parsing it would accept. */
const HALF_ANSWER = '{"result":{"resultCode":"SUCCESS","resultMess';
const HALF_CORE_ANSWER = '{"outcome":"DONE","operati';

interface Call {
  readonly method: FaultyMethod;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly next: CallHandler;
}

/**
 * Makes calls fail as planned in {@link Faults}: before the request is read, or, for `lose` and `slow`, after it was
 * executed.
 */
@Injectable()
export class FaultInterceptor implements NestInterceptor, BeforeApplicationShutdown {
  private readonly hanging = new Set<Socket>();
  private readonly stopped = new Subject<void>();
  private stopping = false;

  constructor(
    private readonly faults: Faults,
    private readonly reflector: Reflector,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const method = this.reflector.get<FaultyMethod>(FAULTY_METHOD, context.getHandler());
    const planned = this.faults.takeFault(method);
    if (planned === null) return next.handle();
    const http = context.switchToHttp();
    const [request, reply] = [http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>()];
    return this.applyFault(planned, { method, request, reply, next });
  }

  /** Calls that hang or are slow must not delay the stop. */
  beforeApplicationShutdown(): void {
    this.stopping = true;
    for (const socket of this.hanging) socket.destroy();
    this.stopped.next();
  }

  private applyFault(planned: PlannedFault, { method, request, reply, next }: Call): Observable<unknown> {
    const { fault } = planned;
    const { socket } = request.raw;
    switch (fault.do) {
      case 'refuse':
        if ('reason' in fault) return this.refuse(planned, fault.reason, request, next);
        return of({ result: resultOf(fault.resultCode, localeOf(String(request.headers[HEADERS.locale]))) });
      case 'refuse-another-result':
        refuseAnotherResult(request);
        return next.handle();
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
          .send(method.startsWith('core') ? HALF_CORE_ANSWER : HALF_ANSWER);
        return NEVER;
      case 'lose':
        return next.handle().pipe(
          switchMap(() => reset(socket)),
          catchError((refusal: unknown) => {
            // A refused request was not executed, so no answer is lost.
            this.faults.undoTake(planned);
            throw refusal;
          }),
        );
      case 'slow':
        return this.answerLate(next.handle(), fault.ms);
    }
  }

  /** The bank refuses, so that the answer is stored. If it does not use the refusal, the fault waits for the next new operation. */
  private refuse(
    planned: PlannedFault,
    reason: CoreReason,
    request: FastifyRequest,
    next: CallHandler,
  ): Observable<unknown> {
    const refusal = planRefusal(request, reason);
    return next.handle().pipe(
      finalize(() => {
        if (!refusal.used) this.faults.undoTake(planned);
      }),
    );
  }

  private answerLate(answer: Observable<unknown>, ms: number): Observable<unknown> {
    if (this.stopping) return answer;
    const later = () => race(timer(ms), this.stopped);
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

/** Resets the connection. The returned observable never emits, so Nest sends no answer. */
function reset(socket: Socket): Observable<never> {
  socket.resetAndDestroy();
  return NEVER;
}
