import { SignatureVerifier } from './notifications/signature.js';
import { isMailUrl } from './registry/registry-request.js';

export interface SimulatorSettings {
  readonly port: number;
  readonly storeFile: string;
  readonly refundUrl: string;
  /** Null: signatures are not checked. */
  readonly notificationSecret: string | null;
  /** Null: the bank's core requires no token. */
  readonly coreToken: string | null;
  /** Null: `POST /registry/mail` must name it. */
  readonly smtpUrl: string | null;
  readonly mailTo: string | null;
}

/** An empty variable counts as absent. Throws an Error that names the invalid variable. */
export function readSettings(env: Readonly<Record<string, string | undefined>>): SimulatorSettings {
  return {
    port: port(env, 'SIMULATOR_PORT', '3100'),
    storeFile: env.SIMULATOR_FILE || './data/simulator.jsonl',
    refundUrl: httpUrl(env, 'MPP_REFUND_URL', 'http://127.0.0.1:3001/refund'),
    notificationSecret: secret(env, 'NOTIFICATION_SECRET'),
    coreToken: env.CORE_BANKING_TOKEN || null,
    smtpUrl: mailUrl(env, 'SIMULATOR_SMTP_URL'),
    mailTo: env.SIMULATOR_MAIL_TO || null,
  };
}

function port(env: Readonly<Record<string, string | undefined>>, name: string, fallback: string): number {
  const text = env[name] || fallback;
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65535) throw new Error(`${name}: must be a port, 0 to 65535`);
  return Number(text);
}

function httpUrl(env: Readonly<Record<string, string | undefined>>, name: string, fallback: string): string {
  const text = env[name] || fallback;
  if (!/^https?:$/.test(URL.parse(text)?.protocol ?? '')) throw new Error(`${name}: must be an http or https URL`);
  return text;
}

function mailUrl(env: Readonly<Record<string, string | undefined>>, name: string): string | null {
  const text = env[name] || null;
  if (text !== null && !isMailUrl(text)) throw new Error(`${name}: must be an smtp, smtps or lmtp URL`);
  return text;
}

function secret(env: Readonly<Record<string, string | undefined>>, name: string): string | null {
  const text = env[name] || null;
  try {
    SignatureVerifier.withSecrets(text);
  } catch {
    throw new Error(`${name}: must be whsec_ and bytes in base64; several are separated by commas or spaces`);
  }
  return text;
}
