import { z } from 'zod';
import { imapUrl, namePatterns, senders } from './inbox.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const port = (fallback: number) => z.coerce.number().int().min(0).max(65535).default(fallback);
const milliseconds = (fallback: number, min = 1, max = 24 * HOUR) =>
  z.coerce.number().int().min(min).max(max).default(fallback);
const httpUrl = z.url({ protocol: /^https?$/, error: 'must be an http or https URL' });
const onOff = (fallback: 'on' | 'off') => z.enum(['on', 'off']).default(fallback);

const cidrs = z
  .string()
  .transform((text) =>
    text
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== ''),
  )
  .pipe(
    z
      .array(z.union([z.cidrv4(), z.cidrv6()], { error: 'must be a comma-separated list like 10.0.0.0/8,::1/128' }))
      .min(1),
  );

const amount = z
  .string()
  .regex(/^(?=.*[1-9])(\d{1,15}(\.\d{1,2})?|10{15}(\.00?)?)$/, 'must be an amount like 500000.00');
const count = z.coerce.number().int().min(1).max(1_000_000);

/** Separated by commas. */
const mccs = z
  .string()
  .transform((text) => text.split(',').map((part) => part.trim()))
  .pipe(z.array(z.string().regex(/^\S{1,32}$/, 'must be a comma-separated list like 7995,6051')));

/** Separated by blanks, which a QR code's content has none of. Each must match the whole of it. */
const patterns = z.string().transform((text, context) =>
  text
    .split(/\s+/)
    .filter((part) => part !== '')
    .map((part) => {
      // Whoever separates them by commas would have written one pattern that refuses every code.
      if (part.replace(/\{[^}]*\}|\[[^\]]*\]/g, '').includes(',')) {
        context.addIssue({ code: 'custom', message: `${part} has a comma: patterns are separated by blanks` });
      }
      try {
        return new RegExp(`^(?:${part})$`, 'u');
      } catch {
        context.addIssue({ code: 'custom', message: `${part} is no regular expression` });
        return z.NEVER;
      }
    }),
);

/** Standard Webhooks secrets, separated by commas or blanks: while one is rotated, each of them signs. */
const webhookSecrets = z
  .string()
  .transform((text) => text.split(/[\s,]+/).filter((part) => part !== ''))
  .pipe(
    z
      .array(
        z.string().refine((secret) => isWebhookSecret(secret), {
          error: 'must be whsec_ and 16 to 64 bytes in base64; two of them, separated by a comma, while one is rotated',
        }),
      )
      .min(1),
  );

function isWebhookSecret(secret: string): boolean {
  const text = secret.replace(/^whsec_/, '');
  const bytes = Buffer.from(text, 'base64');
  return (
    bytes.length >= 16 && bytes.length <= 64 && bytes.toString('base64').replace(/=+$/, '') === text.replace(/=+$/, '')
  );
}

const databaseUrl = z.string().refine((text) => /^(postgres(ql)?|socket):/.test(text), {
  error: 'must be a PostgreSQL URL like postgresql://user:password@host:5432/database',
});

/** Every setting of the server, by the name of its environment variable. The outer contract fixes names and defaults. */
const schema = z
  .object({
    NODE_ENV: z.enum(['development', 'production', 'test']).default('development'),
    PORT: port(3000),
    HOST: z.string().min(1).default('0.0.0.0'),
    KASPI_LISTEN_PORT: port(3001),
    KASPI_LISTEN_HOST: z.string().min(1).default('0.0.0.0'),
    KASPI_ALLOWED_CIDRS: cidrs.default(['127.0.0.0/8', '::1/128']),
    KASPI_REFUND_PATH: z
      .string()
      .regex(/^(\/[\w~-][\w.~-]*)+$/, 'must be a path like /refund')
      .refine((path) => !/^\/health(\/|$)/.test(path), { error: 'must not be a path of the health checks' })
      .default('/refund'),
    KASPI_ANSWER_WITHIN_MS: milliseconds(5000, 100, MINUTE),
    KASPI_TLS_CERT: z.string().min(1).optional(),
    KASPI_TLS_KEY: z.string().min(1).optional(),
    KASPI_TLS_CA: z.string().min(1).optional(),

    DATABASE_URL: databaseUrl,
    DATABASE_MIGRATION_URL: databaseUrl.optional(),
    DATABASE_POOL_SIZE: z.coerce.number().int().min(2).max(500).default(20),
    DATABASE_TIMEOUT_MS: milliseconds(30_000, 100, HOUR),
    MIGRATE_ON_START: onOff('on'),

    KASPI_BASE_URL: httpUrl,
    KASPI_CALLER_NAME: z
      .string()
      .min(1)
      .max(12)
      .regex(/^[\x21-\x7e]+$/, 'must be printable ASCII without blanks')
      .default('MPP-DEV'),
    PARTICIPANT_NAME: z.string().min(1).max(200).optional(),
    KASPI_AMOUNT_FORMAT: z.enum(['decimal', 'integer']).default('decimal'),
    KASPI_TIMEOUT_MS: milliseconds(5000, 1, 2 * MINUTE),
    SCAN_TIMEOUT_MS: milliseconds(2000, 1, MINUTE),

    NOTIFY_RETRY_BASE_MS: milliseconds(500),
    NOTIFY_RETRY_MAX_MS: milliseconds(60_000),
    CONFIRM_WAIT_MS: milliseconds(5000, 0, 2 * MINUTE),
    IN_DOUBT_AFTER_MS: milliseconds(15 * MINUTE),
    CONFIRM_MARGIN_MS: milliseconds(2000, 0),
    PAYMENT_TTL_MS: milliseconds(15 * MINUTE),
    EXPIRY_POLL_MS: milliseconds(1000, 10, HOUR),

    QR_PATTERNS: patterns.default([]),
    MAX_PAYMENT_AMOUNT: amount.optional(),
    DAILY_SUM_LIMIT: amount.optional(),
    DAILY_COUNT_LIMIT: count.optional(),
    EXCLUDED_MCCS: mccs.default([]),

    KASPI_AWAY_AFTER: count.default(5),
    KASPI_PROBE_EVERY_MS: milliseconds(5000),

    BACKGROUND_WORK: onOff('on'),
    OUTBOX_POLL_MS: milliseconds(250, 10, MINUTE),
    NOTIFY_CONCURRENCY: z.coerce.number().int().min(1).max(1000).default(64),

    REFUND_CREDIT_DEADLINE_MS: milliseconds(HOUR, 1000),
    REFUND_RETRY_BASE_MS: milliseconds(500, 1, 10 * MINUTE),
    REFUND_RETRY_MAX_MS: milliseconds(60_000, 1, 10 * MINUTE),
    REFUND_POLL_MS: milliseconds(1000, 10, MINUTE),
    REFUND_CONCURRENCY: z.coerce.number().int().min(1).max(1000).default(16),

    CORE_BANKING_URL: httpUrl.optional(),
    CORE_BANKING_TOKEN: z.string().min(8).optional(),
    CORE_BANKING_TLS_CERT: z.string().min(1).optional(),
    CORE_BANKING_TLS_KEY: z.string().min(1).optional(),
    CORE_BANKING_TLS_CA: z.string().min(1).optional(),
    CORE_BANKING_TIMEOUT_MS: milliseconds(5000, 1, 2 * MINUTE),
    CORE_BANKING_RETRY_BASE_MS: milliseconds(500, 1, 10 * MINUTE),
    CORE_BANKING_RETRY_MAX_MS: milliseconds(30_000, 1, 10 * MINUTE),
    CORE_BANKING_CONCURRENCY: z.coerce.number().int().min(1).max(1000).default(64),

    LEDGER_SEAL_MS: milliseconds(MINUTE, 100, HOUR),
    LEDGER_VERIFY_MS: milliseconds(24 * HOUR, 1000, 7 * 24 * HOUR),

    REGISTRY_DUE_HOUR: z.coerce.number().int().min(0).max(23).default(12),

    REGISTRY_MAX_BYTES: z.coerce
      .number()
      .int()
      .min(1024)
      .max(256 * 1024 * 1024)
      .default(64 * 1024 * 1024),
    REGISTRY_IMAP_URL: imapUrl.optional(),
    REGISTRY_IMAP_SENDERS: senders.optional(),
    REGISTRY_IMAP_ATTACHMENTS: namePatterns.default(['*.xlsx']),
    REGISTRY_IMAP_POLL_MS: milliseconds(MINUTE, 100),
    REGISTRY_IMAP_TLS_CA: z.string().min(1).optional(),
    REGISTRY_INBOX_DIR: z.string().min(1).optional(),
    REGISTRY_INBOX_POLL_MS: milliseconds(5000, 10, HOUR),

    NOTIFICATION_URL: httpUrl.optional(),
    NOTIFICATION_SECRET: webhookSecrets.optional(),
    NOTIFICATION_TIMEOUT_MS: milliseconds(10_000, 1, MINUTE),
    NOTIFICATION_RETRY_BASE_MS: milliseconds(5000),
    NOTIFICATION_RETRY_MAX_MS: milliseconds(HOUR),
    NOTIFICATION_GIVE_UP_AFTER_MS: milliseconds(72 * HOUR, 1000, 30 * 24 * HOUR),
    NOTIFICATION_CONCURRENCY: z.coerce.number().int().min(1).max(1000).default(8),

    AUTH_JWKS_URI: httpUrl.optional(),
    AUTH_ISSUER: z.string().min(1).optional(),
    AUTH_AUDIENCE: z.string().min(1).optional(),

    METRICS_TOKEN: z.string().min(8).optional(),
    LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
    LOG_FORMAT: z.enum(['json', 'pretty']).default('json'),
  })
  .superRefine((settings, context) => {
    const demand = (name: string, message: string) => context.addIssue({ code: 'custom', path: [name], message });
    if (settings.NODE_ENV === 'production' && settings.AUTH_JWKS_URI === undefined) {
      demand('AUTH_JWKS_URI', 'is required in production: there is no development issuer there');
    }
    if (settings.AUTH_JWKS_URI !== undefined) {
      if (settings.AUTH_ISSUER === undefined) demand('AUTH_ISSUER', 'is required with AUTH_JWKS_URI');
      if (settings.AUTH_AUDIENCE === undefined) demand('AUTH_AUDIENCE', 'is required with AUTH_JWKS_URI');
    }
    if (settings.NOTIFY_RETRY_MAX_MS < settings.NOTIFY_RETRY_BASE_MS) {
      demand('NOTIFY_RETRY_MAX_MS', 'must not be below NOTIFY_RETRY_BASE_MS');
    }
    if (settings.REFUND_RETRY_MAX_MS < settings.REFUND_RETRY_BASE_MS) {
      demand('REFUND_RETRY_MAX_MS', 'must not be below REFUND_RETRY_BASE_MS');
    }
    if (settings.NOTIFICATION_RETRY_MAX_MS < settings.NOTIFICATION_RETRY_BASE_MS) {
      demand('NOTIFICATION_RETRY_MAX_MS', 'must not be below NOTIFICATION_RETRY_BASE_MS');
    }
    if (settings.NOTIFICATION_URL !== undefined && settings.NOTIFICATION_SECRET === undefined) {
      demand('NOTIFICATION_SECRET', 'is required with NOTIFICATION_URL: the gateway must know that it is you');
    }
    if (settings.REGISTRY_IMAP_URL !== undefined && settings.REGISTRY_IMAP_SENDERS === undefined) {
      demand('REGISTRY_IMAP_SENDERS', 'is required with REGISTRY_IMAP_URL: else anybody could send registries');
    }
    if (settings.CORE_BANKING_RETRY_MAX_MS < settings.CORE_BANKING_RETRY_BASE_MS) {
      demand('CORE_BANKING_RETRY_MAX_MS', 'must not be below CORE_BANKING_RETRY_BASE_MS');
    }
    const { CORE_BANKING_TLS_CERT: certificate, CORE_BANKING_TLS_KEY: key } = settings;
    if (certificate === undefined && key !== undefined) {
      demand('CORE_BANKING_TLS_CERT', 'is required with CORE_BANKING_TLS_KEY');
    }
    if (certificate !== undefined && key === undefined) {
      demand('CORE_BANKING_TLS_KEY', 'is required with CORE_BANKING_TLS_CERT');
    }
    const authenticates = settings.CORE_BANKING_TOKEN !== undefined || certificate !== undefined;
    if (settings.NODE_ENV === 'production' && settings.CORE_BANKING_URL !== undefined && !authenticates) {
      demand(
        'CORE_BANKING_TOKEN',
        'or CORE_BANKING_TLS_CERT is required in production: the core must know that it is us',
      );
    }
    const tls = ['KASPI_TLS_CERT', 'KASPI_TLS_KEY', 'KASPI_TLS_CA'] as const;
    if (tls.some((name) => settings[name] !== undefined)) {
      for (const name of tls)
        if (settings[name] === undefined) demand(name, `is required: ${tls.join(', ')} go together`);
    }
  });

/** Settings that had another name before, which is still read. */
const OLD_NAMES: Readonly<Record<string, string>> = { BACKGROUND_WORK: 'OUTBOX_WORKER' };

type SettingValues = Readonly<z.output<typeof schema>>;

export interface Settings extends SettingValues {}

/** The settings of one process, checked. Injected by its class; read once, at the start. */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: the interface above types exactly what Object.assign copies.
export class Settings {
  private constructor(values: SettingValues) {
    Object.assign(this, values);
  }

  /**
   * Reads the environment. An empty variable counts as absent. Throws {@link SettingsError}, which names every variable
   * at fault, before anything has been started.
   */
  static read(env: Readonly<Record<string, string | undefined>>): Settings {
    const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
    const renamed = new Map(Object.entries(OLD_NAMES).filter(([, old]) => given[old] !== undefined));
    const conflicts = [...renamed].filter(([name, old]) => given[name] !== undefined && given[name] !== given[old]);
    if (conflicts.length > 0) {
      throw new SettingsError(
        conflicts.map(([name, old]) => ({ name, message: `differs from its old name ${old}: remove ${old}` })),
      );
    }
    const values = { ...given, ...Object.fromEntries([...renamed].map(([name, old]) => [name, given[old]])) };
    const result = schema.safeParse(values);
    if (result.success) return new Settings(result.data);
    throw new SettingsError(
      result.error.issues.map((issue) => {
        const name = String(issue.path[0]);
        return {
          name: given[name] === undefined ? (renamed.get(name) ?? name) : name,
          message: values[name] === undefined && issue.code === 'invalid_type' ? 'is required' : issue.message,
        };
      }),
    );
  }
}

export class SettingsError extends Error {
  override readonly name = 'SettingsError';

  constructor(readonly problems: readonly { readonly name: string; readonly message: string }[]) {
    super(problems.map(({ name, message }) => `${name}: ${message}`).join('\n'));
  }
}
