import { X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import type { Settings } from '@mpp/config';
import { pemOf, usable } from '@mpp/platform';

/** The TLS options of connections to the core. Throws {@link SettingsError} for an unusable setting. */
export function coreTls({ CORE_BANKING_TLS_CERT, CORE_BANKING_TLS_KEY, CORE_BANKING_TLS_CA }: Settings) {
  const readPem = (name: string, value: string | undefined) => (value === undefined ? undefined : pemOf(name, value));
  const cert = readPem('CORE_BANKING_TLS_CERT', CORE_BANKING_TLS_CERT);
  const key = readPem('CORE_BANKING_TLS_KEY', CORE_BANKING_TLS_KEY);
  const ca = readPem('CORE_BANKING_TLS_CA', CORE_BANKING_TLS_CA);
  if (cert !== undefined) usable('CORE_BANKING_TLS_CERT', () => createSecureContext({ cert }));
  if (cert !== undefined) usable('CORE_BANKING_TLS_KEY', () => createSecureContext({ cert, key }));
  // A context accepts a text without a certificate as an authority, and would then trust no core.
  if (ca !== undefined) usable('CORE_BANKING_TLS_CA', () => new X509Certificate(ca));
  return { ...(cert && { cert }), ...(key && { key }), ...(ca && { ca }), minVersion: 'TLSv1.2' as const };
}
