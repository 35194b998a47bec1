import { readFileSync } from 'node:fs';
import { SettingsError } from '@mpp/config';

/** The PEM text of a setting that is a file's path, or the text itself. Throws {@link SettingsError} with the setting's name. */
export function pemOf(name: string, value: string): string {
  if (value.startsWith('-----BEGIN')) return value;
  const text = usable(name, () => readFileSync(value, 'utf8'));
  if (!text.includes('-----BEGIN')) throw new SettingsError([{ name, message: `${value} is no PEM file` }]);
  return text;
}

/** Uses the value of a setting at the start, so that a wrong value stops the start with the name of the setting. */
export function usable<T>(name: string, use: () => T): T {
  try {
    return use();
  } catch (error) {
    throw new SettingsError([{ name, message: `cannot be used: ${(error as Error).message}` }]);
  }
}
