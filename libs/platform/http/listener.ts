import { randomUUID } from 'node:crypto';
import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { SecureServerOptions } from 'node:http2';
import type { Socket } from 'node:net';
import { DomainError } from '@mpp/kernel';
import type { DynamicModule } from '@nestjs/common';
import { type ExceptionFilter, Logger, type Type, UnsupportedMediaTypeException } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ServerLog } from '../logging/server-log.js';
import { Metrics } from '../metrics/metrics.js';
import { Stopping } from '../stopping/stopping.js';
import { textOfBody } from './body-text.js';
import { ProblemFilter, sendProblem } from './problem.filter.js';
import { PROBLEM_MEDIA_TYPE, problemOf } from './problems.js';
import { takeFiles } from './upload.js';
import { DtoPipe } from './validation.js';

export interface ListenerOptions {
  readonly tls?: SecureServerOptions | null;
  /**
   * For the listener of one caller: bodies of any type are passed on as text, this filter answers errors, and requests to other
   * paths are refused without a body. A body that is compressed or not UTF-8 is 415.
   */
  readonly silentFilter?: ExceptionFilter;
}

const BODY_LIMIT_BYTES = 64 * 1024;
/** A refundId has up to 64 characters, each of them up to twelve in an address. */
const MAX_PARAM_LENGTH = 64 * 12;
/** With these statuses the caller is expected to repeat the request, after this number of seconds. */
const REPEATABLE_STATUSES: ReadonlySet<number> = new Set([202, 429, 503]);
const RETRY_AFTER_SECONDS = 1;
/** How long a connection without a request may delay the end of the process. */
const SILENT_MS = 500;
const REQUEST_ID = /^[\x21-\x7e]{1,64}$/;

/**
 * Creates an HTTP listener of this process. All listeners give requests an id, and answer errors, count and log in the same way.
 * `name` labels the listener in the metrics.
 */
export async function createListener(
  name: 'public' | 'kaspi',
  module: Type | DynamicModule,
  { tls = null, silentFilter }: ListenerOptions = {},
): Promise<NestFastifyApplication> {
  const log = new Logger('Http');
  const adapter = new FastifyAdapter({
    ...(tls !== null && { https: tls }),
    bodyLimit: BODY_LIMIT_BYTES,
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
    trustProxy: false,
    return503OnClosing: true,
    forceCloseConnections: 'idle',
    genReqId: (request: { headers: Record<string, string | string[] | undefined> }) =>
      requestIdOf(request.headers['x-request-id']),
    // An address that is too long or cannot be decoded names no route. No hook runs for it.
    frameworkErrors: (_: Error, request: FastifyRequest, reply: FastifyReply) => {
      log.log(`${request.method} ${silentFilter ? 403 : 404}, the address cannot be read`);
      reply.header('x-request-id', request.id);
      void (silentFilter ? reply.status(403).send() : sendProblem(request, reply, new DomainError('NOT_FOUND')));
    },
    clientErrorHandler: (error: NodeJS.ErrnoException, socket: Socket) =>
      refuseUnreadable(error, socket, silentFilter !== undefined),
  } as ConstructorParameters<typeof FastifyAdapter>[0]);

  const app = await NestFactory.create<NestFastifyApplication>(module, adapter, {
    bufferLogs: true,
    abortOnError: false,
    bodyParser: false,
  });
  if (silentFilter === undefined) {
    readJsonOnly(adapter.getInstance());
    await takeFiles(adapter.getInstance());
  } else readAnythingAsText(adapter.getInstance());
  closeSilentConnections(adapter.getInstance(), tls === null ? 'connection' : 'secureConnection');
  app.useLogger(app.get(ServerLog));
  app.useGlobalFilters(silentFilter ?? new ProblemFilter());
  app.useGlobalPipes(new DtoPipe());

  const stopping = app.get(Stopping);
  const observe = app.get(Metrics).httpObserver(name);
  const fastify = app.getHttpAdapter().getInstance();
  fastify.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id);
    done();
  });
  fastify.addHook('onSend', (_, reply, payload, done) => {
    if (REPEATABLE_STATUSES.has(reply.statusCode)) reply.header('retry-after', RETRY_AFTER_SECONDS);
    // After a request that was in progress at the stop, the connection would stay open and delay the end of the process.
    if (stopping.begun || !fastify.server.listening) reply.header('connection', 'close');
    done(null, payload);
  });
  fastify.addHook('onResponse', (request, reply, done) => {
    observe(request.method, request.routeOptions.url ?? 'unknown', reply.statusCode, reply.elapsedTime / 1000);
    done();
  });
  return app;
}

/**
 * Bodies are JSON, else 415; routes that take a file are the exception. An empty body counts as absent, whatever its type: many
 * HTTP clients send a type with every POST.
 */
function readJsonOnly(fastify: FastifyInstance): void {
  const parse = fastify.getDefaultJsonParser('error', 'error');
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body === '') done(null, undefined);
    else parse(request, body as string, done);
  });
}

/** Bodies of any type, as texts; one that cannot be read is 415, so that the caller repeats it. */
function readAnythingAsText(fastify: FastifyInstance): void {
  const sentTypes = new WeakMap<IncomingMessage, string | undefined>();
  fastify.removeAllContentTypeParsers();
  // Fastify would refuse an unreadable type before it reads the body.
  fastify.addHook('onRequest', ({ raw }, _, done) => {
    sentTypes.set(raw, raw.headers['content-type']);
    raw.headers['content-type'] = 'text/plain';
    done();
  });
  fastify.addContentTypeParser('*', { parseAs: 'buffer' }, ({ raw }, body, done) => {
    const contentType = sentTypes.get(raw);
    const text = textOfBody(body as Buffer, { contentType, encoding: raw.headers['content-encoding'] });
    if (text === null) done(new UnsupportedMediaTypeException());
    else done(null, text);
  });
}

/**
 * Node does not count a connection without any request as idle, so it would delay the end of the process by a minute. Some
 * HTTP clients and load balancers open such connections in advance.
 */
function closeSilentConnections(fastify: FastifyInstance, opened: 'connection' | 'secureConnection'): void {
  const silent = new Set<Socket>();
  fastify.server.on(opened, (socket: Socket) => {
    silent.add(socket);
    socket.once('close', () => silent.delete(socket));
  });
  fastify.server.on('request', ({ socket }) => silent.delete(socket));
  fastify.addHook('preClose', (done) => {
    // The request of a connection that was just opened is on its way.
    setTimeout(() => {
      for (const socket of silent) socket.destroy();
    }, SILENT_MS);
    done();
  });
}

/** Answers bytes that are not HTTP, or headers that are too large. The caller's language is unknown: there is no request. */
function refuseUnreadable(error: NodeJS.ErrnoException, socket: Socket, silent: boolean): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  const code = error.code === 'HPE_HEADER_OVERFLOW' ? 'PAYLOAD_TOO_LARGE' : 'VALIDATION_FAILED';
  const problem = problemOf(new DomainError(code), 'ru');
  const body = silent ? '' : JSON.stringify(problem);
  const head = [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}`,
    ...(silent ? [] : [`content-type: ${PROBLEM_MEDIA_TYPE}`]),
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  if (socket.writable) socket.write(`${head.join('\r\n')}\r\n\r\n${body}`);
  socket.destroySoon();
}

/** The caller's X-Request-ID if it is safe to log and return, else a new id. */
function requestIdOf(header: string | string[] | undefined): string {
  return typeof header === 'string' && REQUEST_ID.test(header) ? header : randomUUID();
}
