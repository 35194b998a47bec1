import { type Locale, localeOf } from '@mpp/kernel';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';

export function requestLocale(request: FastifyRequest): Locale {
  const xLocale = request.headers?.['x-locale'];
  return localeOf(Array.isArray(xLocale) ? xLocale[0] : xLocale, request.headers?.['accept-language']);
}

/** The language of the caller: `X-Locale`, else `Accept-Language`, else Russian. */
export const CallerLocale = createParamDecorator(
  (_: unknown, context: ExecutionContext): Locale => requestLocale(context.switchToHttp().getRequest<FastifyRequest>()),
);
