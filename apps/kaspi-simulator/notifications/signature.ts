import { timingSafeEqual } from 'node:crypto';
import { Webhook } from 'standardwebhooks';

const TOLERANCE_MS = 5 * 60_000;

/** What a sender claims of a message, by the headers of Standard Webhooks. */
export interface SignatureHeaders {
  readonly id: string | undefined;
  readonly timestamp: string | undefined;
  /** Several, separated by blanks, while a secret is rotated. */
  readonly signature: string | undefined;
}

/** The secrets by which a message of the participant's is known. */
export class SignatureVerifier {
  private constructor(private readonly secrets: readonly Webhook[]) {}

  /** Secrets separated by commas or blanks; null for none. Throws where one of them is no secret. */
  static of(secrets: string | null): SignatureVerifier {
    const each = (secrets ?? '').split(/[\s,]+/).filter((secret) => secret !== '');
    return new SignatureVerifier(each.map((secret) => new Webhook(padded(secret))));
  }

  /** Without a secret nothing can be told from a signature. */
  get isKnown(): boolean {
    return this.secrets.length > 0;
  }

  /**
   * Whether any secret made any of the signatures, not longer ago than the standard tolerates. The age is told by our own
   * clock, which the package's `verify` would not ask.
   */
  isSigned(body: string, { id, timestamp, signature }: SignatureHeaders, now: Date): boolean {
    if (!id || !signature || !/^\d{1,12}$/.test(timestamp ?? '')) return false;
    const signedAt = new Date(Number(timestamp) * 1000);
    if (Math.abs(now.getTime() - signedAt.getTime()) > TOLERANCE_MS) return false;
    const signatures = signature.split(' ');
    return this.secrets.some((secret) => {
      const expected = secret.sign(id, signedAt, body);
      return signatures.some((each) => isSame(each, expected));
    });
  }
}

function isSame(text: string, expected: string): boolean {
  const [a, b] = [Buffer.from(text), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** Base64 is often written without its padding, which the package does not take. */
function padded(secret: string): string {
  const text = secret.replace(/^whsec_/, '').replace(/=+$/, '');
  return text.padEnd(Math.ceil(text.length / 4) * 4, '=');
}
