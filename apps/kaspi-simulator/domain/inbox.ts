/** A notification of the participant to a customer, as received. */
export interface Message {
  /** The same for every repeat; null if the sender sent none. */
  readonly webhookId: string | null;
  /** Signed with a configured secret. */
  readonly verified: boolean;
  /** Refused because of a wrong signature. */
  readonly refused: boolean;
  readonly type: string | null;
  readonly customerId: string | null;
  readonly texts: unknown;
  readonly data: unknown;
}

export interface ReceivedMessage extends Message {
  /** The time of the first receipt. */
  readonly receivedAt: Date;
  /** How often it was received. */
  readonly times: number;
}

export interface MessageFilter {
  readonly customerId?: string | undefined;
  readonly type?: string | undefined;
}

const MAX_MESSAGES = 1000;

/** The latest messages, in memory. */
export class Inbox {
  /** Oldest first. */
  private readonly messages = new Map<string, ReceivedMessage>();
  private received = 0;

  /** Counts a repeat by its id. A refused message and an accepted one with the same id are different messages. */
  receiveMessage(message: Message, now: Date): void {
    this.received += 1;
    const { webhookId, refused } = message;
    const key = webhookId === null ? `#${this.received}` : `${refused ? 'refused' : 'accepted'}:${webhookId}`;
    const before = this.messages.get(key);
    if (before !== undefined) {
      this.messages.set(key, { ...before, times: before.times + 1 });
      return;
    }
    this.messages.set(key, { ...message, receivedAt: now, times: 1 });
    const [oldest] = this.messages.keys();
    if (this.messages.size > MAX_MESSAGES && oldest !== undefined) this.messages.delete(oldest);
  }

  /** Newest first; a filter that is absent matches every message. */
  listMessages({ customerId, type }: MessageFilter = {}): ReceivedMessage[] {
    const matches = (message: Message) =>
      (customerId === undefined || message.customerId === customerId) && (type === undefined || message.type === type);
    return [...this.messages.values()].filter(matches).reverse();
  }
}
