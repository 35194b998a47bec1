import { Settings } from '@mpp/config';
import { Module, RequestMethod } from '@nestjs/common';
import { LoggerModule } from 'nestjs-pino';
import { ServerLog } from './server-log.js';

interface LoggedRequest {
  id: string;
  method: string;
  url: string;
}

/**
 * One line per request: method, path, status and duration. No headers, body or query: they contain tokens, customers and QR
 * codes.
 */
@Module({
  imports: [
    LoggerModule.forRootAsync({
      inject: [Settings],
      useFactory: (settings: Settings) => ({
        // The default route never matches under Fastify, and no request would be logged.
        forRoutes: [{ path: '/{*splat}', method: RequestMethod.ALL }],
        pinoHttp: {
          level: settings.LOG_LEVEL,
          ...(settings.LOG_FORMAT === 'pretty' && {
            transport: {
              target: 'pino-pretty',
              options: { ignore: 'pid,hostname,req,res,reqId,responseTime,context', translateTime: 'SYS:HH:MM:ss.l' },
            },
          }),
          quietReqLogger: true,
          customSuccessMessage: (request, response, milliseconds) =>
            `${request.method} ${path(request.url)} ${response.statusCode} ${Math.round(milliseconds)} ms`,
          customErrorMessage: (request, response) => `${request.method} ${path(request.url)} ${response.statusCode}`,
          customLogLevel: (_, response, error) =>
            error !== undefined || response.statusCode >= 500 ? 'error' : 'info',
          autoLogging: { ignore: (request) => isProbe(request) },
          serializers: {
            req: (request: LoggedRequest) => ({ id: request.id, method: request.method, path: path(request.url) }),
            res: (response: { statusCode: number }) => ({ statusCode: response.statusCode }),
          },
        },
      }),
    }),
  ],
  providers: [ServerLog],
  exports: [ServerLog],
})
export class LoggingModule {}

/** Probes are frequent and not logged. Middleware shortens `url` but not `originalUrl`. */
function isProbe(request: { originalUrl?: string; url?: string | undefined }): boolean {
  const url = path(request.originalUrl ?? request.url);
  return url.startsWith('/health/') || url === '/metrics';
}

function path(url: string | undefined): string {
  return (url ?? '').split('?', 1)[0] ?? '';
}
