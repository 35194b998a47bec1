import { createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ImapAddress } from '@mpp/config';
import { type AuthenticationFailure, ImapFlow } from 'imapflow';
import type { ReceivedMail } from '../domain/registry-mail.js';

const CONNECT_TIMEOUT_MS = 15_000;
const SOCKET_TIMEOUT_MS = 30_000;
const CHUNK_BYTES = 512 * 1024;

/** The result of a mail, stored as its mark. */
export type Mark = 'TAKEN' | 'REFUSED';
const KEYWORDS: Readonly<Record<Mark, string>> = { TAKEN: '$MppRegistry', REFUSED: '$MppRefused' };
/** The mark on a server that does not store keywords. */
const SEEN = '\\Seen';

export interface MailboxTls {
  readonly ca: string | null;
  /** Whether the password may only be sent over an encrypted connection. */
  readonly required: boolean;
}

/** One connection to the mailbox. If it breaks, running calls reject. */
export class MailboxSession {
  private readonly client: ImapFlow;
  private disconnected = false;

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
      // The log would contain addresses and subjects.
      logger: false,
      disableAutoIdle: true,
      connectionTimeout: CONNECT_TIMEOUT_MS,
      greetingTimeout: CONNECT_TIMEOUT_MS,
      socketTimeout: SOCKET_TIMEOUT_MS,
    });
    // Running calls reject with the error; without a listener it would end the process.
    this.client.on('error', () => undefined);
  }

  /** Whether the connection can be used. */
  get usable(): boolean {
    return this.client.usable && !this.disconnected;
  }

  /** UIDs are valid as long as this value does not change. */
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

  /** How many mails the mailbox has. Opening it for marks sets none. */
  async countMails(): Promise<number> {
    await this.open();
    return this.opened.exists;
  }

  /** The UIDs of mails without a mark, oldest first. */
  async listUnmarked(): Promise<number[]> {
    const { TAKEN, REFUSED } = KEYWORDS;
    const query = this.keepsKeywords ? { unKeyword: TAKEN, not: { keyword: REFUSED } } : { seen: false };
    const uids = await this.client.search({ ...query, deleted: false }, { uid: true });
    if (!Array.isArray(uids)) throw new Error('the server cannot search the mailbox');
    return uids.toSorted((one, other) => one - other);
  }

  /** Null if the mail is deleted. */
  async fetchMail(uid: number): Promise<ReceivedMail | null> {
    const mail = await this.client.fetchOne(String(uid), { envelope: true, bodyStructure: true }, { uid: true });
    if (mail === false) return null;
    return {
      uid,
      messageId: mail.envelope?.messageId ?? null,
      from: (mail.envelope?.from ?? []).map(({ address }) => address ?? ''),
      structure: mail.bodyStructure ?? null,
    };
  }

  /** Writes the decoded part into a new file; false if it is larger than `maxBytes`. */
  async download(uid: number, part: string, maxBytes: number, to: string): Promise<boolean> {
    const options = { uid: true, maxBytes: maxBytes + 1, chunkSize: CHUNK_BYTES, decodeText: false };
    const { content } = await this.client.download(String(uid), part, options);
    // An empty part becomes an empty file, which fails as a registry.
    await pipeline(content ?? Readable.from([]), createWriteStream(to));
    return (await stat(to)).size <= maxBytes;
  }

  /** The same mark again changes nothing. */
  async markMail(uid: number, mark: Mark): Promise<void> {
    const flag = this.keepsKeywords ? KEYWORDS[mark] : SEEN;
    if (await this.client.messageFlagsAdd(String(uid), [flag], { uid: true })) return;
    throw new Error(`the server does not keep the mark ${flag}`);
  }

  /** Logs out if possible. */
  async close(): Promise<void> {
    if (this.usable) await this.client.logout().catch(() => undefined);
    this.client.close();
  }

  /** Ends the connection at once; running calls reject. */
  disconnect(): void {
    this.disconnected = true;
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

/** The error of the package with the server's response. */
function reasonOf(error: Error): string {
  const { responseText, authenticationFailed } = error as Partial<AuthenticationFailure> & { responseText?: string };
  if (authenticationFailed === true) return 'the server refuses the user and password';
  return responseText === undefined ? error.message : `${error.message}: ${responseText}`;
}
