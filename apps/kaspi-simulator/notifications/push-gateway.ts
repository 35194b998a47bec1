import { Clock } from '@mpp/kernel';
import { BadRequestException, Injectable, UnauthorizedException } from '@nestjs/common';
import { Inbox, type MessageFilter, type ReceivedMessage } from '../domain/inbox.js';
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

/** The participant's gateway: receives notifications and pushes them to the customers' phones. */
@Injectable()
export class PushGateway {
  private readonly inbox = new Inbox();

  constructor(
    private readonly clock: Clock,
    private readonly signatureVerifier: SignatureVerifier,
  ) {}

  /** Throws UnauthorizedException for a wrong signature, BadRequestException if the body is not a JSON object. */
  receive(headers: SignatureHeaders, body: string): void {
    const now = this.clock.now();
    const verified = this.signatureVerifier.isSigned(body, headers, now);
    const refused = this.signatureVerifier.hasSecrets && !verified;
    const content = jsonObject(body);
    if (content !== null || refused) {
      const { texts = null, data = null } = content ?? {};
      const [type, customerId] = [textOrNull(content?.type), textOrNull(content?.customerId)];
      this.inbox.receiveMessage(
        { webhookId: headers.id || null, verified, refused, type, customerId, texts, data },
        now,
      );
    }
    if (refused) throw new UnauthorizedException('the signature was not made with a secret of NOTIFICATION_SECRET');
    if (content === null) throw new BadRequestException('the body must be a JSON object');
  }

  /** Newest first. */
  listNotifications(filter?: MessageFilter): NotificationItem[] {
    return this.inbox
      .listMessages(filter)
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

  /** The messages on a customer's phone, newest first. */
  listPushed(customerId: string): ReceivedMessage[] {
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

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
