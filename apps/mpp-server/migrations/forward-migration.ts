import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A migration of tables that hold money. It is mended by another one after it; going back would drop what happened. */
export abstract class ForwardMigration implements MigrationInterface {
  abstract up(runner: QueryRunner): Promise<void>;

  async down(): Promise<void> {
    throw new Error('migrations go forward only: write another one');
  }
}
