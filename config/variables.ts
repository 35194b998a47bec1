import { z } from 'zod';
import { imapUrl, namePatterns, senders } from './registry-inbox.js';
import {
  amount,
  cidrs,
  concurrency,
  count,
  databaseUrl,
  HOUR,
  httpUrl,
  MINUTE,
  mccs,
  milliseconds,
  onOff,
  pastMoment,
  patterns,
  port,
  webhookSecrets,
} from './value-types.js';

/** Every setting of the server, by the name of its environment variable. The outer contract fixes names and defaults. */
export const variables = z.object({
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
  DATABASE_REPORT_POOL_SIZE: z.coerce.number().int().min(3).max(500).default(8),
  DATABASE_TIMEOUT_MS: milliseconds(30_000, 100, HOUR),
  DATABASE_CONNECT_TIMEOUT_MS: milliseconds(5000, 100, MINUTE),
  MIGRATE_ON_START: onOff('on'),
  MAX_CLOCK_SKEW_MS: milliseconds(2000, 100, MINUTE),
  SHUTDOWN_GRACE_MS: milliseconds(30_000, 1000, HOUR),

  RECOVERED_FROM: pastMoment.optional(),

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
  NOTIFY_CONCURRENCY: concurrency(64),

  // R21: the hour can be shortened and never lengthened.
  REFUND_CREDIT_DEADLINE_MS: milliseconds(HOUR, 1000, HOUR),
  REFUND_RETRY_BASE_MS: milliseconds(500, 1, 10 * MINUTE),
  REFUND_RETRY_MAX_MS: milliseconds(60_000, 1, 10 * MINUTE),
  REFUND_POLL_MS: milliseconds(1000, 10, MINUTE),
  REFUND_CONCURRENCY: concurrency(16),

  CORE_BANKING_URL: httpUrl.optional(),
  CORE_BANKING_TOKEN: z.string().min(8).optional(),
  CORE_BANKING_TLS_CERT: z.string().min(1).optional(),
  CORE_BANKING_TLS_KEY: z.string().min(1).optional(),
  CORE_BANKING_TLS_CA: z.string().min(1).optional(),
  CORE_BANKING_TIMEOUT_MS: milliseconds(5000, 1, 2 * MINUTE),
  CORE_BANKING_RETRY_BASE_MS: milliseconds(500, 1, 10 * MINUTE),
  CORE_BANKING_RETRY_MAX_MS: milliseconds(30_000, 1, 10 * MINUTE),
  CORE_BANKING_CONCURRENCY: concurrency(64),

  LEDGER_SEAL_MS: milliseconds(MINUTE, 100, HOUR),
  LEDGER_VERIFY_MS: milliseconds(24 * HOUR, 1000, 7 * 24 * HOUR),

  DOWNLOADS_AT_ONCE: z.coerce.number().int().min(1).max(100).default(4),
  DOWNLOAD_IDLE_MS: milliseconds(MINUTE, 100, 10 * MINUTE),

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
  NOTIFICATION_CONCURRENCY: concurrency(8),

  AUTH_JWKS_URI: httpUrl.optional(),
  AUTH_ISSUER: z.string().min(1).optional(),
  AUTH_AUDIENCE: z.string().min(1).optional(),

  METRICS_TOKEN: z.string().min(8).optional(),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  LOG_FORMAT: z.enum(['json', 'pretty']).default('json'),
});

export type SettingValues = Readonly<z.output<typeof variables>>;
