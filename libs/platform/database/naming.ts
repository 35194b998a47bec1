import { DefaultNamingStrategy, type NamingStrategyInterface } from 'typeorm';

/** A property `updatedAt` is the column `updated_at`, so that entities need not name their columns. */
export class SnakeCaseNaming extends DefaultNamingStrategy implements NamingStrategyInterface {
  override columnName(property: string, custom: string | undefined, prefixes: string[]): string {
    return [...prefixes.map(snakeCase), custom ?? snakeCase(property)].join('_');
  }
}

export function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
