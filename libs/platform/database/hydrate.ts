import { getMetadataArgsStorage, type ValueTransformer } from 'typeorm';
import { snakeCase } from './naming.js';

type Entity = new () => object;

interface ColumnReader {
  readonly property: string;
  readonly column: string;
  readonly transformer: ValueTransformer | undefined;
}

// The money path reads rows: the metadata is searched once for each entity.
const readers = new Map<Entity, readonly ColumnReader[]>();

/** The columns of a row that plain SQL selected with `*`, by the properties of the entity, with its transformers applied. */
export function hydrate<T extends object>(entity: new () => T, row: object): T {
  const hydrated = new entity() as Record<string, unknown>;
  const values = row as Record<string, unknown>;
  for (const { property, column, transformer } of readersOf(entity)) {
    const value = values[column];
    hydrated[property] = transformer === undefined ? value : transformer.from(value);
  }
  return hydrated as T;
}

function readersOf(entity: Entity): readonly ColumnReader[] {
  let found = readers.get(entity);
  if (found === undefined) {
    found = getMetadataArgsStorage()
      .filterColumns(entity)
      .map(({ propertyName, options }) => ({
        property: propertyName,
        column: snakeCase(propertyName),
        transformer: options.transformer as ValueTransformer | undefined,
      }));
    readers.set(entity, found);
  }
  return found;
}
