import { Settings } from '@mpp/config';
import { type DynamicModule, Global, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuditTrail } from './audit/audit-trail.js';
import { AuditController } from './http/audit.controller.js';
import { DevelopmentController } from './http/development.controller.js';
import { AuditEntryEntity } from './persistence/audit-entry.entity.js';
import { DevelopmentKeyEntity } from './persistence/development-key.entity.js';
import { DevelopmentIssuer, hasDevelopmentIssuer } from './tokens/development-issuer.js';
import { Tokens } from './tokens/tokens.js';

@Global()
@Module({
  imports: [TypeOrmModule.forFeature([AuditEntryEntity, DevelopmentKeyEntity])],
  providers: [Tokens, DevelopmentIssuer, AuditTrail],
  exports: [Tokens, DevelopmentIssuer, AuditTrail],
})
export class AccessModule {}

@Module({})
export class AccessHttpModule {
  /** `/dev` exists only with the development issuer. */
  static with(settings: Settings): DynamicModule {
    return { module: AccessHttpModule, controllers: hasDevelopmentIssuer(settings) ? [DevelopmentController] : [] };
  }
}

/** The audit trail, for the operator API. */
@Module({ controllers: [AuditController] })
export class AuditHttpModule {}
