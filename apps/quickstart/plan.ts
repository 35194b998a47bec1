import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import { Settings, SettingsError } from '@mpp/config';
import { z } from 'zod';
import type { Arguments } from './arguments.js';
import { CannotStart } from './cannot-start.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** What the quickstart alone reads. */
const schema = z.object({
  DATA_DIR: z.string().min(1).default('./data'),
  SIMULATOR_PORT: z.coerce.number().int().min(0).max(65535).default(3100),
  MPP_REFUND_URL: z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }).optional(),
  SIMULATOR_SMTP_URL: z.url({ protocol: /^(smtps?|lmtp)$/, error: 'must be an smtp, smtps or lmtp URL' }).optional(),
  SIMULATOR_MAIL_TO: z.string().optional(),
});

/** What this start has to supply, because no variable names it. */
export interface Plan {
  readonly dataDir: string;
  readonly embedsDatabase: boolean;
  /** Null where KASPI_BASE_URL names a real one. */
  readonly simulatorPort: number | null;
  readonly refundUrl: string | null;
  /** Where the simulator mails registries, where whoever lets it does not say. */
  readonly registryMail: { readonly smtpUrl: string | null; readonly mailTo: string | null };
  /**
   * How the server signs what it tells the simulator about the customers, and whether the secret was made for this start.
   * Null where its notifications do not go there.
   */
  readonly notifications: { readonly secret: string; readonly made: boolean } | null;
  /**
   * How the server shows the simulator's core that it is itself, and whether the token was made for this start. Null where
   * the own ledger keeps the customers' accounts, or a core that CORE_BANKING_URL names.
   */
  readonly core: { readonly token: string; readonly made: boolean } | null;
  readonly developmentIssuer: boolean;
  /** The server's settings. What is supplied later holds a placeholder. */
  readonly settings: Settings;
  /** The server's settings with what has been supplied. */
  complete(supplied: Readonly<Record<string, string>>): Settings;
}

/**
 * Reads the environment and decides. Throws {@link SettingsError}, which names every variable at fault, the server's and
 * our own, before anything has been started; {@link CannotStart} where the core that is asked for cannot be had.
 */
export function readPlan(env: Environment, terminal: boolean, core: Arguments['core'] = null): Plan {
  const given: Environment = {
    ...env,
    ...(terminal && isAbsent(env.LOG_FORMAT) && { LOG_FORMAT: 'pretty' }),
  };
  // Somebody who names one of a database's two roles has a database: the other one is asked for.
  const embedsDatabase = isAbsent(env.DATABASE_URL) && isAbsent(env.DATABASE_MIGRATION_URL);
  const simulates = isAbsent(env.KASPI_BASE_URL);
  if (core !== null && !simulates) {
    throw new CannotStart(
      '--core=http: the stand-in core is a part of the simulator, which KASPI_BASE_URL replaces; leave one of them out',
    );
  }
  const placeholders = {
    ...(embedsDatabase && { DATABASE_URL: 'postgresql://localhost/mpp' }),
    ...(simulates && { KASPI_BASE_URL: 'http://127.0.0.1' }),
  };
  const [own, settings] = bothOrProblems(
    () => readOwn(given),
    () => Settings.read({ ...given, ...placeholders }),
  );
  return {
    dataDir: resolve(own.DATA_DIR),
    embedsDatabase,
    simulatorPort: simulates ? own.SIMULATOR_PORT : null,
    refundUrl: own.MPP_REFUND_URL ?? null,
    registryMail: { smtpUrl: own.SIMULATOR_SMTP_URL ?? null, mailTo: own.SIMULATOR_MAIL_TO ?? null },
    notifications: simulates ? notificationsOf(settings) : null,
    core: core === null ? null : coreOf(settings),
    developmentIssuer: settings.AUTH_JWKS_URI === undefined,
    settings,
    complete: (supplied) => Settings.read({ ...given, ...supplied }),
  };
}

function notificationsOf({ NOTIFICATION_URL: url, NOTIFICATION_SECRET: secrets }: Settings): Plan['notifications'] {
  if (url !== undefined) return null;
  if (secrets !== undefined) return { secret: secrets.join(','), made: false };
  return { secret: `whsec_${randomBytes(32).toString('base64')}`, made: true };
}

function coreOf({ CORE_BANKING_URL: url, CORE_BANKING_TOKEN: token }: Settings): Plan['core'] {
  if (url !== undefined) return null;
  return token === undefined ? { token: randomBytes(32).toString('base64url'), made: true } : { token, made: false };
}

function readOwn(env: Environment): z.output<typeof schema> {
  const result = schema.safeParse(Object.fromEntries(Object.entries(env).filter(([, value]) => !isAbsent(value))));
  if (result.success) return result.data;
  throw new SettingsError(
    result.error.issues.map((issue) => ({ name: String(issue.path[0]), message: issue.message })),
  );
}

function bothOrProblems<A, B>(first: () => A, second: () => B): [A, B] {
  const problems: SettingsError['problems'][number][] = [];
  const attempt = <T>(read: () => T): T | undefined => {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof SettingsError)) throw error;
      problems.push(...error.problems);
      return undefined;
    }
  };
  const a = attempt(first);
  const b = attempt(second);
  if (a === undefined || b === undefined) throw new SettingsError(problems);
  return [a, b];
}

const isAbsent = (value: string | undefined): boolean => value === undefined || value === '';
