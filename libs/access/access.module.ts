import { Settings } from '@mpp/config';
import { type DynamicModule, Global, Module } from '@nestjs/common';
import { AuditTrail } from './audit-trail.js';
import { DevelopmentIssuer, hasDevelopmentIssuer } from './development-issuer.js';
import { AuditController } from './http/audit.controller.js';
import { DevelopmentController } from './http/development.controller.js';
import { Tokens } from './tokens.js';

@Global()
@Module({ providers: [Tokens, DevelopmentIssuer, AuditTrail], exports: [Tokens, DevelopmentIssuer, AuditTrail] })
export class AccessModule {}

@Module({})
export class AccessHttpModule {
  /** `/dev` does not exist where tokens come from somewhere else. */
  static with(settings: Settings): DynamicModule {
    return { module: AccessHttpModule, controllers: hasDevelopmentIssuer(settings) ? [DevelopmentController] : [] };
  }
}

/** The audit trail, for the operator API. */
@Module({ controllers: [AuditController] })
export class AuditHttpModule {}
