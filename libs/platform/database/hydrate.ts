import { getMetadataArgsStorage, type ValueTransformer } from 'typeorm';
import { snakeCase } from './naming.js';

/** The columns of a row that plain SQL selected with `*`, by the properties of the entity, with its transformers applied. */
export function hydrate<Entity extends object>(entity: new () => Entity, row: object): Entity {
  const hydrated: Record<string, unknown> = {};
  const values = row as Record<string, unknown>;
  for (const { propertyName, options } of getMetadataArgsStorage().filterColumns(entity)) {
    const value = values[snakeCase(propertyName)];
    const transformer = options.transformer as ValueTransformer | undefined;
    hydrated[propertyName] = transformer === undefined ? value : transformer.from(value);
  }
  return Object.assign(new entity(), hydrated);
}
