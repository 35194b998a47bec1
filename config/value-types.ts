import { z } from 'zod';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;

export const port = (fallback: number) => z.coerce.number().int().min(0).max(65535).default(fallback);
export const milliseconds = (fallback: number, min = 1, max = 24 * HOUR) =>
  z.coerce.number().int().min(min).max(max).default(fallback);
export const httpUrl = z.url({ protocol: /^https?$/, error: 'must be an http or https URL' });
/** A moment in the past, ISO 8601 with an offset. */
export const pastMoment = z.iso
  .datetime({ offset: true, error: 'must be a moment like 2026-03-10T06:00:00Z' })
  .transform((text) => new Date(text))
  .refine((moment) => moment.getTime() <= Date.now(), 'is in the future');
export const onOff = (fallback: 'on' | 'off') => z.enum(['on', 'off']).default(fallback);

export const cidrs = z
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

export const amount = z
  .string()
  .regex(/^(?=.*[1-9])(\d{1,15}(\.\d{1,2})?|10{15}(\.00?)?)$/, 'must be an amount like 500000.00');
export const concurrency = (fallback: number) => z.coerce.number().int().min(1).max(1000).default(fallback);
export const count = z.coerce.number().int().min(1).max(1_000_000);

/** Separated by commas. */
export const mccs = z
  .string()
  .transform((text) => text.split(',').map((part) => part.trim()))
  .pipe(z.array(z.string().regex(/^\S{1,32}$/, 'must be a comma-separated list like 7995,6051')));

/** Separated by blanks, which a QR code's content has none of. Each must match the whole of it. */
export const patterns = z.string().transform((text, context) =>
  text
    .split(/\s+/)
    .filter((part) => part !== '')
    .map((part) => {
      // Patterns separated by commas would be one pattern that refuses every code.
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
export const webhookSecrets = z
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

export const databaseUrl = z.string().refine((text) => /^(postgres(ql)?|socket):/.test(text), {
  error: 'must be a PostgreSQL URL like postgresql://user:password@host:5432/database',
});
