import { createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ImapAddress } from '@mpp/config';
import { type AuthenticationFailure, ImapFlow } from 'imapflow';
import type { ArrivedMail } from '../domain/registry-mail.js';

const CONNECT_WITHIN_MS = 15_000;
const SILENT_FOR_MS = 30_000;
const CHUNK_BYTES = 512 * 1024;

/** What became of a mail, as its mark says. */
export type Mark = 'TAKEN' | 'REFUSED';
const KEYWORDS: Readonly<Record<Mark, string>> = { TAKEN: '$MppRegistry', REFUSED: '$MppRefused' };
/** Where the server keeps no keywords of ours. */
const SEEN = '\\Seen';

export interface MailboxTls {
  readonly ca: string | null;
  /** Whether to send no password before the connection is encrypted. */
  readonly required: boolean;
}

/** One visit to the mailbox: opened, looked through, closed. A connection that breaks makes everything under way reject. */
export class MailboxVisit {
  private readonly client: ImapFlow;
  private dropped = false;

  constructor(
    private readonly address: ImapAddress,
    { ca, required }: MailboxTls,
  ) {
    const { secure, host, port, user, password } = address;
    this.client = new ImapFlow({
      host,
      port,
      secure,
      ...(!secure && required && { doSTARTTLS: true }),
      auth: { user, pass: password },
      tls: { ...(ca !== null && { ca }), minVersion: 'TLSv1.2' },
      // It would log addresses and subjects.
      logger: false,
      disableAutoIdle: true,
      connectionTimeout: CONNECT_WITHIN_MS,
      greetingTimeout: CONNECT_WITHIN_MS,
      socketTimeout: SILENT_FOR_MS,
    });
    // What is under way rejects with it; unheard, it would end the process.
    this.client.on('error', () => undefined);
  }

  /** Whether anything more can be asked of it. */
  get usable(): boolean {
    return this.client.usable && !this.dropped;
  }

  /** Of the mailbox, as long as its mails keep their numbers. */
  get uidValidity(): bigint {
    return this.opened.uidValidity;
  }

  async open(): Promise<void> {
    try {
      await this.client.connect();
      await this.client.mailboxOpen(this.address.mailbox);
    } catch (error) {
      throw new Error(reasonOf(error as Error), { cause: error });
    }
    if (this.opened.readOnly === true) throw new Error('the mailbox is read-only: mails could not be marked');
  }

  /** The mails that bear no mark yet, oldest first. */
  async unmarked(): Promise<number[]> {
    const { TAKEN, REFUSED } = KEYWORDS;
    const query = this.keepsKeywords ? { unKeyword: TAKEN, not: { keyword: REFUSED } } : { seen: false };
    const uids = await this.client.search({ ...query, deleted: false }, { uid: true });
    if (!Array.isArray(uids)) throw new Error('the server cannot search the mailbox');
    return uids.toSorted((one, other) => one - other);
  }

  /** Null where it is gone by now. */
  async mail(uid: number): Promise<ArrivedMail | null> {
    const mail = await this.client.fetchOne(String(uid), { envelope: true, bodyStructure: true }, { uid: true });
    if (mail === false) return null;
    return {
      uid,
      messageId: mail.envelope?.messageId ?? null,
      from: (mail.envelope?.from ?? []).map(({ address }) => address ?? ''),
      structure: mail.bodyStructure ?? null,
    };
  }

  /** Writes the part of the mail, decoded, into a new file; false where it has more than so many bytes. */
  async download(uid: number, part: string, maxBytes: number, to: string): Promise<boolean> {
    const options = { uid: true, maxBytes: maxBytes + 1, chunkSize: CHUNK_BYTES, decodeText: false };
    const { content } = await this.client.download(String(uid), part, options);
    // No part of no bytes is a registry either, and reading it says so.
    await pipeline(content ?? Readable.from([]), createWriteStream(to));
    return (await stat(to)).size <= maxBytes;
  }

  /** From then on it is not {@link unmarked}. The same again changes nothing. */
  async mark(uid: number, mark: Mark): Promise<void> {
    const flag = this.keepsKeywords ? KEYWORDS[mark] : SEEN;
    if (await this.client.messageFlagsAdd(String(uid), [flag], { uid: true })) return;
    throw new Error(`the server does not keep the mark ${flag}`);
  }

  /** Takes leave, within bounds. */
  async close(): Promise<void> {
    if (this.usable) await this.client.logout().catch(() => undefined);
    this.client.close();
  }

  /** Ends it at once, whatever is under way. */
  drop(): void {
    this.dropped = true;
    this.client.close();
  }

  private get opened() {
    const { mailbox } = this.client;
    if (mailbox === false) throw new Error('the mailbox is not open');
    return mailbox;
  }

  private get keepsKeywords(): boolean {
    const { permanentFlags } = this.opened;
    if (permanentFlags === undefined || permanentFlags.has('\\*')) return true;
    return Object.values(KEYWORDS).every((keyword) => permanentFlags.has(keyword));
  }
}

/** What the server says, which the package keeps beside its own words. */
function reasonOf(error: Error): string {
  const { responseText, authenticationFailed } = error as Partial<AuthenticationFailure> & { responseText?: string };
  if (authenticationFailed === true) return 'the server does not take the user and password';
  return responseText === undefined ? error.message : `${error.message}: ${responseText}`;
}
