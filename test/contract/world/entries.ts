import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** An input that was met, or that the regulation leaves open, with its right value. */
export interface Entry<Input, Right> {
  /** A sentence: the name of its test. */
  readonly name: string;
  /** Where the right value comes from: a rule, a section of the regulation, a group of the regulation notes, or who reported it. */
  readonly source: string;
  readonly input: Input;
  readonly right: Right;
}

/** The entries of a file of this folder, with their names. Throws if two have the same name, or one has no source. */
export function entriesOf<Input, Right>(file: string): [name: string, entry: Entry<Input, Right>][] {
  const entries: Entry<Input, Right>[] = JSON.parse(readFileSync(join(import.meta.dirname, `${file}.json`), 'utf8'));
  const names = new Set(entries.map(({ name }) => name));
  if (names.size < entries.length) throw new Error(`${file}.json has two entries with the same name`);
  return entries.map((entry) => {
    if (!entry.source || !('input' in entry && 'right' in entry))
      throw new Error(`${file}.json: ${entry.name}: incomplete`);
    return [entry.name, entry];
  });
}
