import { readFileSync } from 'node:fs';
import { SettingsError } from '@mpp/config';

/**
 * The PEM text of a setting that is a file's path, or the text itself. Throws {@link SettingsError} with the setting's name, and without
 * its value, which may be a key that was cut off or wrapped.
 */
export function pemOf(name: string, value: string): string {
  if (value.includes('-----BEGIN')) return value;
  const text = usable(name, () => readFile(value));
  if (!text.includes('-----BEGIN')) throw new SettingsError([{ name, message: 'names a file that is no PEM file' }]);
  return text;
}

function readFile(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new Error((error as Error).message.replace(/, open .*/s, ''));
  }
}

/** Uses the value of a setting at the start, so that a wrong value stops the start with the name of the setting. */
export function usable<T>(name: string, use: () => T): T {
  try {
    return use();
  } catch (error) {
    throw new SettingsError([{ name, message: `cannot be used: ${(error as Error).message}` }]);
  }
}
