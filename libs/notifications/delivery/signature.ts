import { Webhook } from 'standardwebhooks';

/** The headers by which the gateway verifies sender and content (standardwebhooks.com). */
export interface SignedHeaders {
  readonly 'webhook-id': string;
  readonly 'webhook-timestamp': string;
  readonly 'webhook-signature': string;
}

/** Signs with every secret of NOTIFICATION_SECRET, so that secrets can be rotated one side at a time. */
export class Signature {
  private readonly secrets: readonly Webhook[];

  constructor(secrets: readonly string[]) {
    this.secrets = secrets.map((secret) => new Webhook(padded(secret)));
  }

  /** `at` is the time of the attempt: gateways refuse older signatures, so that a recorded call cannot be repeated. */
  sign(id: string, at: Date, body: string): SignedHeaders {
    return {
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
      'webhook-signature': this.secrets.map((secret) => secret.sign(id, at, body)).join(' '),
    };
  }
}

/** The settings accept base64 without padding; the library does not. */
function padded(secret: string): string {
  return Buffer.from(secret.replace(/^whsec_/, ''), 'base64').toString('base64');
}
