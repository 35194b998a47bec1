import type { CustomerId } from '@mpp/kernel';
import { ApiProblems } from '@mpp/platform';
import {
  applyDecorators,
  type CanActivate,
  createParamDecorator,
  type ExecutionContext,
  Injectable,
  SetMetadata,
  UseGuards,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ApiBearerAuth } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { asCustomer, asOperator, type Caller, type Operator, type Role, requireRole } from '../domain/caller.js';
import { Tokens } from '../tokens/tokens.js';

const CALLER = Symbol('caller');
const ALLOWED = 'mpp:roles';

type CalledRequest = FastifyRequest & { [CALLER]?: Caller };

@Injectable()
class CustomerGuard implements CanActivate {
  constructor(private readonly tokens: Tokens) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<CalledRequest>();
    request[CALLER] = await this.tokens.readCaller(request.headers.authorization);
    asCustomer(request[CALLER]);
    return true;
  }
}

@Injectable()
class TeamGuard implements CanActivate {
  constructor(
    private readonly tokens: Tokens,
    private readonly reflector: Reflector,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<CalledRequest>();
    request[CALLER] = await this.tokens.readCaller(request.headers.authorization);
    const allowed = this.reflector.getAllAndOverride<Role[] | undefined>(ALLOWED, [
      context.getHandler(),
      context.getClass(),
    ]);
    requireRole(request[CALLER], allowed ?? []);
    return true;
  }
}

/** Admits an app that calls for its customer; see {@link CurrentCustomer}. */
export function ForCustomers(): ClassDecorator & MethodDecorator {
  return applyDecorators(
    UseGuards(CustomerGuard),
    ApiBearerAuth('customer'),
    ApiProblems('UNAUTHENTICATED', 'FORBIDDEN'),
  );
}

/** Admits team members with one of the roles, and admins; see {@link CurrentOperator}. */
export function ForTeams(...roles: Role[]): ClassDecorator & MethodDecorator {
  return applyDecorators(
    SetMetadata(ALLOWED, roles),
    UseGuards(TeamGuard),
    ApiBearerAuth('team'),
    ApiProblems('UNAUTHENTICATED', 'FORBIDDEN'),
  );
}

/** The customer for whom the app calls. */
export const CurrentCustomer = createParamDecorator((_: unknown, context: ExecutionContext): CustomerId => {
  const caller = context.switchToHttp().getRequest<CalledRequest>()[CALLER];
  if (caller === undefined) throw new Error('a route that reads the customer needs @ForCustomers()');
  return asCustomer(caller);
});

/** The team member who calls; the audit trail records this name. */
export const CurrentOperator = createParamDecorator((_: unknown, context: ExecutionContext): Operator => {
  const caller = context.switchToHttp().getRequest<CalledRequest>()[CALLER];
  if (caller === undefined) throw new Error('a route that reads the operator needs @ForTeams()');
  return asOperator(caller);
});
