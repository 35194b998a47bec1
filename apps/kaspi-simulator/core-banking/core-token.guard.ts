import { type CanActivate, type ExecutionContext, Injectable, UnauthorizedException } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';

/** Null if the core requires no token. */
export class CoreToken {
  constructor(readonly value: string | null) {}
}

/** Runs before everything else, planned faults included. Throws UnauthorizedException. */
@Injectable()
export class CoreTokenGuard implements CanActivate {
  constructor(private readonly token: CoreToken) {}

  canActivate(context: ExecutionContext): boolean {
    const { authorization } = context.switchToHttp().getRequest<FastifyRequest>().headers;
    if (this.token.value === null || authorization === `Bearer ${this.token.value}`) return true;
    throw new UnauthorizedException('the header Authorization must be "Bearer" and the token of CORE_BANKING_TOKEN');
  }
}
