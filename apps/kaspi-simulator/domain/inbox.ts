/** A message of the participant to one of its customers, as it came. */
export interface Message {
  /** The same for every repeat; null where the sender gave none. */
  readonly webhookId: string | null;
  /** It is signed with a secret that is known. */
  readonly verified: boolean;
  /** It was refused, for a wrong signature. */
  readonly refused: boolean;
  readonly type: string | null;
  readonly customerId: string | null;
  readonly texts: unknown;
  readonly data: unknown;
}

export interface ReceivedMessage extends Message {
  /** The first time. */
  readonly receivedAt: Date;
  /** How often it came. */
  readonly times: number;
}

const KEPT = 1000;

/** The latest messages. They are forgotten at the end of the process. */
export class Inbox {
  /** In the order of their coming. */
  private readonly messages = new Map<string, ReceivedMessage>();
  private received = 0;

  /** A repeat is known by its id and counted; one that is forged takes nothing from the real one. */
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

  /** Newest first; of one customer, of one type, or all. */
  list(of: { customerId?: string | undefined; type?: string | undefined } = {}): ReceivedMessage[] {
    const wanted = ({ customerId, type }: Message) =>
      (of.customerId === undefined || customerId === of.customerId) && (of.type === undefined || type === of.type);
    return [...this.messages.values()].filter(wanted).reverse();
  }
}
