/** A part of a mail as IMAP's BODYSTRUCTURE describes it, before the content is fetched. */
export interface MailPart {
  /** The number of the part; the mail itself has none. */
  readonly part?: string | undefined;
  readonly type: string;
  readonly encoding?: string | undefined;
  /** Encoded bytes. */
  readonly size?: number | undefined;
  readonly parameters?: Readonly<Record<string, string>> | undefined;
  readonly dispositionParameters?: Readonly<Record<string, string>> | undefined;
  readonly childNodes?: readonly MailPart[] | undefined;
}

/** The envelope and structure of a mail. */
export interface ReceivedMail {
  readonly uid: number;
  readonly messageId: string | null;
  /** The addresses in From. */
  readonly from: readonly string[];
  readonly structure: MailPart | null;
}

/** An attachment that may be a registry. */
export interface Attachment {
  readonly part: string;
  readonly name: string;
  /** A lower bound of the decoded size. */
  readonly minBytes: number;
}

/** Why a mail or an attachment is refused. */
export type MailRefusal = 'SENDER' | 'NO_ATTACHMENT' | 'TOO_LARGE';

const MAX_SUBJECT_LENGTH = 200;
/** No encoder produces more bytes per byte, line breaks included. */
const MAX_ENCODED_BYTES: Readonly<Record<string, number>> = { base64: 1.5, 'quoted-printable': 4 };

/** The sender's address in lower case; null for several addresses and for one that `allowed` does not contain. */
export function allowedSender(from: readonly string[], allowed: readonly string[]): string | null {
  const [address, ...others] = from.map((one) => one.trim().toLowerCase());
  if (address === undefined || others.length > 0 || !/^[^\s@\p{C}]+@[^\s@\p{C}]+$/u.test(address)) return null;
  return allowed.includes(address) || allowed.includes(`@${domainOf(address)}`) ? address : null;
}

/** The sender's domain, which may be logged; null unless there is exactly one address. */
export function senderDomain(from: readonly string[]): string | null {
  const [address, ...others] = from;
  if (address === undefined || others.length > 0) return null;
  return printable(domainOf(address.toLowerCase())).slice(0, MAX_SUBJECT_LENGTH) || null;
}

/** Attachments whose name matches a pattern, in order. A forwarded mail is not searched: it has another sender. */
export function findAttachments(mail: MailPart | null, patterns: readonly string[]): Attachment[] {
  if (mail === null || mail.type === 'message/rfc822') return [];
  if (mail.childNodes !== undefined) return mail.childNodes.flatMap((child) => findAttachments(child, patterns));
  const name = mail.dispositionParameters?.filename ?? mail.parameters?.name;
  if (name === undefined || !patterns.some((pattern) => matchesPattern(name, pattern))) return [];
  const minBytes = (mail.size ?? 0) / (MAX_ENCODED_BYTES[mail.encoding?.toLowerCase() ?? ''] ?? 1);
  return [{ part: mail.part ?? '1', name, minBytes: Math.floor(minBytes) }];
}

/** Whether the name matches the pattern, in which `*` is any text; case does not matter. */
export function matchesPattern(name: string, pattern: string): boolean {
  const text = normalized(name);
  const [first = '', ...rest] = normalized(pattern).split('*');
  const last = rest.pop();
  if (last === undefined) return text === first;
  if (!text.startsWith(first)) return false;
  let at = first.length;
  for (const piece of rest) {
    const found = text.indexOf(piece, at);
    if (found < 0) return false;
    at = found + piece.length;
  }
  return text.length - last.length >= at && text.endsWith(last);
}

/** The subject of the alert about a mail: its Message-ID, else its UID. */
export function alertSubject({ messageId, uid }: ReceivedMail, uidValidity: bigint): string {
  return printable(messageId ?? '').slice(0, MAX_SUBJECT_LENGTH) || `UID ${uid} of ${uidValidity}`;
}

function domainOf(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1);
}

function printable(text: string): string {
  return text.replace(/\p{C}/gu, '').trim();
}

/** macOS sends й as и and a breve. */
function normalized(text: string): string {
  return text.normalize('NFC').toLowerCase();
}
