import { timingSafeEqual } from 'node:crypto';
import { Webhook } from 'standardwebhooks';

const TOLERANCE_MS = 5 * 60_000;

/** The headers of Standard Webhooks. */
export interface SignatureHeaders {
  readonly id: string | undefined;
  readonly timestamp: string | undefined;
  /** Several, separated by spaces, while a secret is rotated. */
  readonly signature: string | undefined;
}

/** Verifies the participant's signatures with the configured secrets. */
export class SignatureVerifier {
  private constructor(private readonly secrets: readonly Webhook[]) {}

  /** Secrets separated by commas or spaces; null for none. Throws if one is invalid. */
  static withSecrets(secrets: string | null): SignatureVerifier {
    const each = (secrets ?? '').split(/[\s,]+/).filter((secret) => secret !== '');
    return new SignatureVerifier(each.map((secret) => new Webhook(withPadding(secret))));
  }

  get hasSecrets(): boolean {
    return this.secrets.length > 0;
  }

  /**
   * Whether one of the signatures was made with one of the secrets, at most five minutes before or after `now`. The
   * package's `verify` would use the system's clock.
   */
  isSigned(body: string, { id, timestamp, signature }: SignatureHeaders, now: Date): boolean {
    if (!id || !signature || !/^\d{1,12}$/.test(timestamp ?? '')) return false;
    const signedAt = new Date(Number(timestamp) * 1000);
    if (Math.abs(now.getTime() - signedAt.getTime()) > TOLERANCE_MS) return false;
    const signatures = signature.split(' ');
    return this.secrets.some((secret) => {
      const expected = secret.sign(id, signedAt, body);
      return signatures.some((each) => isEqual(each, expected));
    });
  }
}

function isEqual(text: string, expected: string): boolean {
  const [a, b] = [Buffer.from(text), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** The package requires Base64 padding, which secrets are often written without. */
function withPadding(secret: string): string {
  const text = secret.replace(/^whsec_/, '').replace(/=+$/, '');
  return text.padEnd(Math.ceil(text.length / 4) * 4, '=');
}
