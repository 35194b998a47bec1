import { globSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connectionOptions } from '@mpp/platform';
import { Column, DataSource, Entity, PrimaryColumn } from 'typeorm';
import { SnakeCaseNaming } from '../../libs/platform/database/naming.js';
import { createDatabase, type TestDatabase } from '../support/database.js';

const ROOT = join(import.meta.dirname, '../..');

interface ColumnFact {
  readonly name: string;
  readonly type: string;
  readonly nullable: boolean;
  readonly default: string | null;
  readonly length: string | null;
  readonly primary: boolean;
}

describe('the entities', () => {
  let database: TestDatabase;
  let sources: DataSource[];

  beforeAll(async () => {
    database = await createDatabase();
    sources = [];
  });

  afterAll(async () => {
    for (const source of sources) await source.destroy();
    await database.drop();
  });

  it('have the columns of their tables: name, type, null, default, length and primary key', async () => {
    const entities = await entitiesOf(await allEntities());
    expect(entities.size).toBeGreaterThan(20);
    const tables = await tablesOf([...entities.keys()]);
    expect(Object.fromEntries(entities)).toEqual(Object.fromEntries(tables));
  });

  it('exist for every table', async () => {
    const described = new Set((await entitiesOf(await allEntities())).keys());
    const tables = await database.query<{ name: string }>(
      `select relname as name from pg_class where relnamespace = current_schema()::regnamespace and relkind in ('r', 'p')
         and not relispartition and relname <> 'migrations' order by 1`,
    );
    expect(tables.map(({ name }) => name).filter((name) => !described.has(name))).toEqual([]);
  });

  it('are reported for a difference in each of these', async () => {
    const table = (await tablesOf(['receipts'])).get('receipts');
    for (const wrong of [WrongType, WrongNull, WrongDefault, WrongLength, WrongName, Missing]) {
      const entity = (await entitiesOf([wrong])).get('receipts');
      expect(entity).not.toEqual(table);
    }
  });

  async function allEntities(): Promise<(new () => object)[]> {
    const found: (new () => object)[] = [];
    for (const path of globSync('libs/*/persistence/**/*.entity.ts', { cwd: ROOT })) {
      const exported = Object.values((await import(join(ROOT, path))) as Record<string, unknown>);
      found.push(...exported.filter((value): value is new () => object => typeof value === 'function'));
    }
    return found;
  }

  /** By table, what the entities say; views are not compared. */
  async function entitiesOf(entities: (new () => object)[]): Promise<Map<string, ColumnFact[]>> {
    const connection = connectionOptions(database.ownerUrl, { poolSize: 1, timeoutMs: null });
    const source = new DataSource({ ...connection, namingStrategy: new SnakeCaseNaming(), entities });
    await source.initialize();
    sources.push(source);
    const tables = source.entityMetadatas.filter(({ tableType }) => tableType === 'regular');
    return new Map(
      tables.map((metadata) => [
        metadata.tableName,
        metadata.columns
          .filter(({ isVirtualProperty }) => !isVirtualProperty)
          .map((column) => ({
            name: column.databaseName,
            type: source.driver.normalizeType(column) + (column.isArray ? '[]' : ''),
            nullable: column.isNullable,
            default: withoutCast(source.driver.normalizeDefault(column) ?? generated(column.generationStrategy)),
            length: source.driver.getColumnLength(column) || null,
            primary: column.isPrimary,
          }))
          .sort(byName),
      ]),
    );
  }

  async function tablesOf(names: readonly string[]): Promise<Map<string, ColumnFact[]>> {
    const columns = await database.query<ColumnFact & { table: string; identity: string }>(
      `select c.relname as table, a.attname as name, format_type(a.atttypid, null) as type, not a.attnotnull as nullable,
         case when a.attidentity = '' then pg_get_expr(d.adbin, d.adrelid) else 'generated' end as default,
         nullif(information_schema._pg_char_max_length(a.atttypid, a.atttypmod), null)::text as length,
         coalesce(a.attnum = any(p.conkey), false) as primary
       from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
       left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
       left join pg_constraint p on p.conrelid = c.oid and p.contype = 'p'
       where c.relnamespace = current_schema()::regnamespace and c.relname = any($1)`,
      [names],
    );
    const tables = new Map<string, ColumnFact[]>();
    for (const { table, default: fallback, ...rest } of columns)
      tables.set(table, [...(tables.get(table) ?? []), { ...rest, default: withoutCast(fallback) }]);
    for (const list of tables.values()) list.sort(byName);
    return tables;
  }
});

function byName(a: ColumnFact, b: ColumnFact): number {
  return a.name < b.name ? -1 : 1;
}

/** Of a number that the database gives. */
function generated(strategy: string | undefined): string | null {
  return strategy === 'identity' || strategy === 'increment' ? 'generated' : null;
}

function withoutCast(value: string | null | undefined): string | null {
  return value?.replace(/::\w+$/, '').replace(/^'(\d+)'$/, '$1') ?? null;
}

class Receipt {
  @PrimaryColumn('uuid')
  paymentId!: string;

  @Column('text', { nullable: true })
  pdfReceipt!: string | null;

  @Column('text', { nullable: true })
  kaspiOperationId!: string | null;

  @Column('timestamptz')
  receivedAt!: Date;
}

@Entity('receipts')
class Missing extends Receipt {}

@Entity('receipts')
class WrongType extends Receipt {
  @Column('int', { nullable: true })
  linkReceipt!: number | null;
}

@Entity('receipts')
class WrongNull extends Receipt {
  @Column('text')
  linkReceipt!: string;
}

@Entity('receipts')
class WrongDefault extends Receipt {
  @Column('text', { nullable: true, default: '' })
  linkReceipt!: string | null;
}

@Entity('receipts')
class WrongLength extends Receipt {
  @Column('varchar', { nullable: true, length: 10 })
  linkReceipt!: string | null;
}

@Entity('receipts')
class WrongName extends Receipt {
  @Column('text', { nullable: true })
  receiptLink!: string | null;
}
