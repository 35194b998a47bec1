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

const KEPT = 1000;

/** The latest messages, in memory. */
export class Inbox {
  /** Oldest first. */
  private readonly messages = new Map<string, ReceivedMessage>();
  private received = 0;

  /** Counts a repeat by its id. A refused message and an accepted one with the same id are different messages. */
  receive(message: Message, now: Date): void {
    this.received += 1;
    const { webhookId, refused } = message;
    const key = webhookId === null ? `#${this.received}` : `${refused ? 'refused' : 'taken'}:${webhookId}`;
    const before = this.messages.get(key);
    if (before !== undefined) {
      this.messages.set(key, { ...before, times: before.times + 1 });
      return;
    }
    this.messages.set(key, { ...message, receivedAt: now, times: 1 });
    const [oldest] = this.messages.keys();
    if (this.messages.size > KEPT && oldest !== undefined) this.messages.delete(oldest);
  }

  /** Newest first, filtered by customer and type. */
  list(of: { customerId?: string | undefined; type?: string | undefined } = {}): ReceivedMessage[] {
    const wanted = ({ customerId, type }: Message) =>
      (of.customerId === undefined || customerId === of.customerId) && (of.type === undefined || type === of.type);
    return [...this.messages.values()].filter(wanted).reverse();
  }
}
