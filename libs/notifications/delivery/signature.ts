import { Webhook } from 'standardwebhooks';

/** The headers by which the gateway knows that it is us, and that nothing was changed on the way (standardwebhooks.com). */
export interface SignedHeaders {
  readonly 'webhook-id': string;
  readonly 'webhook-timestamp': string;
  readonly 'webhook-signature': string;
}

/** Signs with every secret that is set: while one is rotated, the gateway may know the old one, the new one or both. */
export class Signature {
  private readonly secrets: readonly Webhook[];

  constructor(secrets: readonly string[]) {
    this.secrets = secrets.map((secret) => new Webhook(padded(secret)));
  }

  /** `at` is the moment of the attempt: gateways refuse what is older than a few minutes, so that nobody can repeat it. */
  sign(id: string, at: Date, body: string): SignedHeaders {
    return {
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
      'webhook-signature': this.secrets.map((secret) => secret.sign(id, at, body)).join(' '),
    };
  }
}

/** The settings take base64 without its padding; the library does not. */
function padded(secret: string): string {
  return Buffer.from(secret.replace(/^whsec_/, ''), 'base64').toString('base64');
}
