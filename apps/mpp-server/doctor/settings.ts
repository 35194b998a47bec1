import { Settings, SettingsError, unknownSettings } from '@mpp/config';
import { type Finding, fault } from './report.js';

const UNUSED = { KASPI_BASE_URL: 'http://127.0.0.1:9' };

/** The settings of the server, or of the database alone if the others cannot be read. */
export interface ReadSettings {
  readonly findings: Finding[];
  readonly all: Settings | null;
  readonly database: Settings | null;
}

/** Names every invalid setting, and notes names that look like settings and have no effect. */
export function readSettings(env: NodeJS.ProcessEnv): ReadSettings {
  const unknown = unknownSettings(env).map(
    (name): Finding => ({ verdict: 'note', thing: 'settings', text: `${name} is no setting, and has no effect` }),
  );
  try {
    const all = Settings.read(env);
    const valid: Finding = { verdict: 'ok', thing: 'settings', text: `valid, NODE_ENV is ${all.NODE_ENV}` };
    return { findings: [valid, ...unknown], all, database: all };
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    const wrong = error.problems.map((problem) => fault('settings', new SettingsError([problem])));
    return { findings: [...wrong, ...unknown], all: null, database: databaseOf(env) };
  }
}

/** Null if they are among the invalid ones. */
function databaseOf({ DATABASE_URL, DATABASE_MIGRATION_URL, MIGRATE_ON_START }: NodeJS.ProcessEnv): Settings | null {
  try {
    return Settings.read({ ...UNUSED, DATABASE_URL, DATABASE_MIGRATION_URL, MIGRATE_ON_START });
  } catch {
    return null;
  }
}
