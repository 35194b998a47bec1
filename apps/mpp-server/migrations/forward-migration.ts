import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * A migration of tables, indexes, constraints and data; functions, triggers and views are in `libs/<lib>/sql`. There is no way back, because it would drop
 * what happened: a later migration corrects an earlier one.
 */
export abstract class ForwardMigration implements MigrationInterface {
  abstract readonly sql: string;

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(this.sql);
  }

  async down(): Promise<void> {
    throw new Error('migrations go forward only: write another one');
  }
}
