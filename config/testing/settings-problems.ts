import { Settings, SettingsError } from '../settings.js';

/** The settings without a default. */
export const needed = { DATABASE_URL: 'postgresql://localhost/mpp', KASPI_BASE_URL: 'http://127.0.0.1:3100' };
/** The names of the variables that stop the start. */
export const problemsOf = (env: Record<string, string>): string[] => {
  try {
    Settings.read(env);
  } catch (error) {
    if (error instanceof SettingsError) return error.problems.map((problem) => problem.name);
    throw error;
  }
  return [];
};
