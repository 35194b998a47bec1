import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import { Settings, SettingsError } from '@mpp/config';
import { z } from 'zod';
import { CannotStart } from '../cannot-start.js';
import type { Arguments } from './arguments.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** The settings of the quickstart itself. */
const schema = z.object({
  DATA_DIR: z.string().min(1).default('./data'),
  SIMULATOR_PORT: z.coerce.number().int().min(0).max(65535).default(3100),
  MPP_REFUND_URL: z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }).optional(),
  SIMULATOR_SMTP_URL: z.url({ protocol: /^(smtps?|lmtp)$/, error: 'must be an smtp, smtps or lmtp URL' }).optional(),
  SIMULATOR_MAIL_TO: z.string().optional(),
});

/** The parts that this start supplies because no variable names them. */
export interface Plan {
  readonly dataDir: string;
  readonly embedsDatabase: boolean;
  /** Null if KASPI_BASE_URL is set. */
  readonly simulatorPort: number | null;
  readonly refundUrl: string | null;
  /** The simulator's mail server and recipient for registries if a request names none. */
  readonly registryMail: { readonly smtpUrl: string | null; readonly mailTo: string | null };
  /**
   * The secret of the notifications to the simulator, and whether it was generated for this start. Null if the notifications
   * go to another gateway.
   */
  readonly notifications: { readonly secret: string; readonly generated: boolean } | null;
  /**
   * The token of the simulator's core, and whether it was generated for this start. Null if the own ledger or the core of
   * CORE_BANKING_URL keeps the customers' accounts.
   */
  readonly core: { readonly token: string; readonly generated: boolean } | null;
  readonly developmentIssuer: boolean;
  /** The server's settings, with placeholders for values that are supplied later. */
  readonly settings: Settings;
  /** The server's settings with the supplied values. */
  complete(supplied: Readonly<Record<string, string>>): Settings;
}

/**
 * Reads the environment. Throws {@link SettingsError}, which names every invalid variable of the server and of the
 * quickstart, or {@link CannotStart} if `core` is set without the simulator.
 */
export function readPlan(env: Environment, terminal: boolean, core: Arguments['core'] = null): Plan {
  const effectiveEnv: Environment = {
    ...env,
    ...(terminal && isAbsent(env.LOG_FORMAT) && { LOG_FORMAT: 'pretty' }),
  };
  // If one of the two roles is set, there is a database, and the settings require the other one.
  const embedsDatabase = isAbsent(env.DATABASE_URL) && isAbsent(env.DATABASE_MIGRATION_URL);
  const usesSimulator = isAbsent(env.KASPI_BASE_URL);
  if (core !== null && !usesSimulator) {
    throw new CannotStart(
      '--core=http: the simulated core is a part of the simulator, which KASPI_BASE_URL replaces; remove one of them',
    );
  }
  const placeholders = {
    ...(embedsDatabase && { DATABASE_URL: 'postgresql://localhost/mpp' }),
    ...(usesSimulator && { KASPI_BASE_URL: 'http://127.0.0.1' }),
  };
  const [own, settings] = readBoth(
    () => readOwnSettings(effectiveEnv),
    () => Settings.read({ ...effectiveEnv, ...placeholders }),
  );
  return {
    dataDir: resolve(own.DATA_DIR),
    embedsDatabase,
    simulatorPort: usesSimulator ? own.SIMULATOR_PORT : null,
    refundUrl: own.MPP_REFUND_URL ?? null,
    registryMail: { smtpUrl: own.SIMULATOR_SMTP_URL ?? null, mailTo: own.SIMULATOR_MAIL_TO ?? null },
    notifications: usesSimulator ? notificationsPlan(settings) : null,
    core: core === null ? null : corePlan(settings),
    developmentIssuer: settings.AUTH_JWKS_URI === undefined,
    settings,
    complete: (supplied) => Settings.read({ ...effectiveEnv, ...supplied }),
  };
}

function notificationsPlan({ NOTIFICATION_URL: url, NOTIFICATION_SECRET: secrets }: Settings): Plan['notifications'] {
  if (url !== undefined) return null;
  if (secrets !== undefined) return { secret: secrets.join(','), generated: false };
  return { secret: `whsec_${randomBytes(32).toString('base64')}`, generated: true };
}

function corePlan({ CORE_BANKING_URL: url, CORE_BANKING_TOKEN: token }: Settings): Plan['core'] {
  if (url !== undefined) return null;
  return token === undefined
    ? { token: randomBytes(32).toString('base64url'), generated: true }
    : { token, generated: false };
}

function readOwnSettings(env: Environment): z.output<typeof schema> {
  const result = schema.safeParse(Object.fromEntries(Object.entries(env).filter(([, value]) => !isAbsent(value))));
  if (result.success) return result.data;
  throw new SettingsError(
    result.error.issues.map((issue) => ({ name: String(issue.path[0]), message: issue.message })),
  );
}

function readBoth<A, B>(first: () => A, second: () => B): [A, B] {
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
