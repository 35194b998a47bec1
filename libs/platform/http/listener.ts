import { randomUUID } from 'node:crypto';
import type { SecureServerOptions } from 'node:http2';
import { DomainError } from '@mpp/kernel';
import type { DynamicModule } from '@nestjs/common';
import { Logger, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ServerLog } from '../logging/server-log.js';
import { Metrics } from '../metrics/metrics.js';
import { asDomainError, ProblemFilter, sendProblem } from './problem.filter.js';
import { validationPipe } from './validation.js';

const BODY_LIMIT_BYTES = 64 * 1024;
const REQUEST_ID = /^[\x21-\x7e]{1,64}$/;

/**
 * Makes one HTTP listener of this process; both answer errors, number requests, count and log them alike.
 * `name` tells them apart in the metrics.
 */
export async function createListener(
  name: 'public' | 'kaspi',
  module: Type | DynamicModule,
  tls?: SecureServerOptions,
): Promise<NestFastifyApplication> {
  const log = new Logger('Http');
  const adapter = new FastifyAdapter({
    ...(tls !== undefined && { https: tls }),
    bodyLimit: BODY_LIMIT_BYTES,
    trustProxy: false,
    return503OnClosing: true,
    forceCloseConnections: 'idle',
    genReqId: (request: { headers: Record<string, string | string[] | undefined> }) =>
      requestIdOf(request.headers['x-request-id']),
    // What Fastify refuses before it has found a route, an undecodable URL for one.
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) =>
      void sendProblem(
        request,
        reply,
        (error as { statusCode?: number }).statusCode === 400
          ? new DomainError('NOT_FOUND')
          : asDomainError(error, log),
      ),
  } as ConstructorParameters<typeof FastifyAdapter>[0]);

  const app = await NestFactory.create<NestFastifyApplication>(module, adapter, {
    bufferLogs: true,
    abortOnError: false,
  });
  app.useLogger(app.get(ServerLog));
  app.useGlobalFilters(new ProblemFilter());
  app.useGlobalPipes(validationPipe());

  const observe = app.get(Metrics).httpObserver(name);
  const fastify = app.getHttpAdapter().getInstance();
  fastify.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id);
    done();
  });
  fastify.addHook('onResponse', (request, reply, done) => {
    observe(request.method, request.routeOptions.url ?? 'unknown', reply.statusCode, reply.elapsedTime / 1000);
    done();
  });
  return app;
}

/** The caller's own id where it is one that can be logged and echoed, else a new one. */
function requestIdOf(header: string | string[] | undefined): string {
  return typeof header === 'string' && REQUEST_ID.test(header) ? header : randomUUID();
}
