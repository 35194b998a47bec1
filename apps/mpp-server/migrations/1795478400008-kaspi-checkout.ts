import type { QueryRunner } from 'typeorm';
import { ForwardMigration } from './forward-migration.js';

export class KaspiCheckout1795478400008 extends ForwardMigration {
  override async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table kaspi_exchanges drop constraint kaspi_exchanges_method_check;
      alter table kaspi_exchanges add constraint kaspi_exchanges_method_check
        check (method in ('scan', 'checkout', 'notifyPayment'));
    `);
  }
}
