/** The claim of a message by the process that writes it. The lease goes into the same statement as the message. */
export interface Birth {
  readonly id: string;
  /** Null where this process has no room: the message is born due at once, for whoever claims it. */
  readonly lease: string | null;
  readonly nextAttemptAt: Date;
}

/** What claims a message at its birth, and takes the claim back. */
export interface BirthPlace {
  claimAtBirth(topic: string): Birth;
  abandon(topic: string, birth: Birth): void;
}

/**
 * Claims that are made while a transaction is written: kept where it is committed, given back where it is not, or is written
 * again from its beginning.
 */
export class Births {
  private claimed: { readonly topic: string; readonly birth: Birth }[] = [];

  constructor(private readonly place: BirthPlace) {}

  claim(topic: string): Birth {
    const birth = this.place.claimAtBirth(topic);
    this.claimed.push({ topic, birth });
    return birth;
  }

  /** Nothing of it was written. */
  abandonAll(): void {
    for (const { topic, birth } of this.claimed) this.place.abandon(topic, birth);
    this.claimed = [];
  }
}
