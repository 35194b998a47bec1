import { Settings } from '@mpp/config';
import { type DynamicModule, Global, Module } from '@nestjs/common';
import { DevelopmentIssuer } from './development-issuer.js';
import { DevelopmentController } from './http/development.controller.js';
import { Tokens } from './tokens.js';

@Global()
@Module({ providers: [Tokens, DevelopmentIssuer], exports: [Tokens, DevelopmentIssuer] })
export class AccessModule {}

@Module({})
export class AccessHttpModule {
  /** `/dev` does not exist where tokens come from somewhere else. */
  static with(settings: Settings): DynamicModule {
    const development = settings.AUTH_JWKS_URI === undefined && settings.NODE_ENV !== 'production';
    return { module: AccessHttpModule, controllers: development ? [DevelopmentController] : [] };
  }
}
