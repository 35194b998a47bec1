import type { QueryRunner } from 'typeorm';
import { ForwardMigration } from './forward-migration.js';

export class AccessDevelopmentKey1795478400006 extends ForwardMigration {
  override async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- The development issuer's key, so that all processes on this database accept each other's tokens. It is made on
      -- first need and never read with AUTH_JWKS_URI set or in production.
      create table access_development_key (
        id int primary key check (id = 1),
        private_jwk json not null
      );
    `);
  }
}
