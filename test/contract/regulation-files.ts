import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** An example of the regulation, byte for byte, with only its punctuation repaired. */
export const example = (name: string) =>
  readFileSync(join(import.meta.dirname, 'fixtures/regulation', `${name}.json`), 'utf8');
export const parsed = (name: string) => JSON.parse(example(name));

/** The customer of the examples. */
export const CUSTOMER = '9009*****';
