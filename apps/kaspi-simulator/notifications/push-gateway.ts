import { Clock } from '@mpp/kernel';
import { BadRequestException, Injectable, UnauthorizedException } from '@nestjs/common';
import { Inbox, type ReceivedMessage } from '../domain/inbox.js';
import { type SignatureHeaders, SignatureVerifier } from './signature.js';

/** A notification as `GET /notifications` shows it. */
export interface NotificationItem {
  readonly receivedAt: string;
  readonly webhookId: string | null;
  readonly times: number;
  readonly verified: boolean;
  readonly type: string | null;
  readonly customerId: string | null;
  readonly texts: unknown;
  readonly data: unknown;
}

export interface NotificationFilter {
  readonly customerId?: string | undefined;
  readonly type?: string | undefined;
}

/** Stands in for what a participant has behind its webhooks: a gateway that pushes them to the customers' phones. */
@Injectable()
export class PushGateway {
  private readonly inbox = new Inbox();

  constructor(
    private readonly clock: Clock,
    private readonly signatureVerifier: SignatureVerifier,
  ) {}

  /** Throws UnauthorizedException for a wrong signature, BadRequestException for what is no notification. */
  receive(claim: SignatureHeaders, body: string): void {
    const now = this.clock.now();
    const verified = this.signatureVerifier.isSigned(body, claim, now);
    const refused = this.signatureVerifier.isKnown && !verified;
    const content = jsonObject(body);
    if (content !== null || refused) {
      const { texts = null, data = null } = content ?? {};
      const [type, customerId] = [text(content?.type), text(content?.customerId)];
      this.inbox.receive({ webhookId: claim.id || null, verified, refused, type, customerId, texts, data }, now);
    }
    if (refused) throw new UnauthorizedException('the signature is not that of a secret in NOTIFICATION_SECRET');
    if (content === null) throw new BadRequestException('the body must be a JSON object');
  }

  /** Everything that came, newest first. */
  notifications(of?: NotificationFilter): NotificationItem[] {
    return this.inbox
      .listMessages(of)
      .map(({ receivedAt, webhookId, times, verified, type, customerId, texts, data }) => ({
        receivedAt: receivedAt.toISOString(),
        webhookId,
        times,
        verified,
        type,
        customerId,
        texts,
        data,
      }));
  }

  /** What reached a customer's phone, newest first. */
  pushed(customerId: string): ReceivedMessage[] {
    return this.inbox.listMessages({ customerId }).filter(({ refused }) => !refused);
  }
}

function jsonObject(body: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null;
  } catch {
    return null;
  }
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
