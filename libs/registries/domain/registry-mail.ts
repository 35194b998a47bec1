/** A part of a mail, as the server shows it before anything is fetched (IMAP's BODYSTRUCTURE). */
export interface MailPart {
  /** Its number; the mail itself has none. */
  readonly part?: string | undefined;
  readonly type: string;
  readonly encoding?: string | undefined;
  /** In bytes, as it is encoded. */
  readonly size?: number | undefined;
  readonly parameters?: Readonly<Record<string, string>> | undefined;
  readonly dispositionParameters?: Readonly<Record<string, string>> | undefined;
  readonly childNodes?: readonly MailPart[] | undefined;
}

/** A mail as its envelope shows it. */
export interface ArrivedMail {
  readonly uid: number;
  readonly messageId: string | null;
  /** The addresses of its From. */
  readonly from: readonly string[];
  readonly structure: MailPart | null;
}

/** A file in a mail that may be a registry. */
export interface Attachment {
  readonly part: string;
  readonly name: string;
  /** It is this large at least, once decoded. */
  readonly leastBytes: number;
}

/** Why a mail is not taken, or not all of it. */
export type MailRefusal = 'SENDER' | 'NO_ATTACHMENT' | 'TOO_LARGE';

const SUBJECT_LENGTH = 200;
/** Nobody's encoding wraps so short lines that it takes more bytes for one. */
const MOST_BYTES_FOR_ONE: Readonly<Record<string, number>> = { base64: 1.5, 'quoted-printable': 4 };

/** Who sent it, in lower case; null where that is not one address, or one that `allowed` does not name. */
export function senderOf(from: readonly string[], allowed: readonly string[]): string | null {
  const [address, ...others] = from.map((one) => one.trim().toLowerCase());
  if (address === undefined || others.length > 0 || !/^[^\s@\p{C}]+@[^\s@\p{C}]+$/u.test(address)) return null;
  return allowed.includes(address) || allowed.includes(`@${domainOf(address)}`) ? address : null;
}

/** What may be logged of a sender; null where there is not exactly one. */
export function senderDomain(from: readonly string[]): string | null {
  const [address, ...others] = from;
  if (address === undefined || others.length > 0) return null;
  return printable(domainOf(address.toLowerCase())).slice(0, SUBJECT_LENGTH) || null;
}

/** Files whose name is of one of the patterns, in order. A mail within the mail is not looked into: its sender is another. */
export function attachmentsOf(mail: MailPart | null, patterns: readonly string[]): Attachment[] {
  if (mail === null || mail.type === 'message/rfc822') return [];
  if (mail.childNodes !== undefined) return mail.childNodes.flatMap((child) => attachmentsOf(child, patterns));
  const name = mail.dispositionParameters?.filename ?? mail.parameters?.name;
  if (name === undefined || !patterns.some((pattern) => isNamed(name, pattern))) return [];
  const leastBytes = (mail.size ?? 0) / (MOST_BYTES_FOR_ONE[mail.encoding?.toLowerCase() ?? ''] ?? 1);
  return [{ part: mail.part ?? '1', name, leastBytes: Math.floor(leastBytes) }];
}

/** Whether the name is of the pattern, in which `*` stands for anything; upper and lower case are the same. */
export function isNamed(name: string, pattern: string): boolean {
  const text = alike(name);
  const [first = '', ...rest] = alike(pattern).split('*');
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

/** By what operators find the mail: its Message-ID, or where it lies. */
export function subjectOf({ messageId, uid }: ArrivedMail, uidValidity: bigint): string {
  return printable(messageId ?? '').slice(0, SUBJECT_LENGTH) || `UID ${uid} of ${uidValidity}`;
}

function domainOf(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1);
}

function printable(text: string): string {
  return text.replace(/\p{C}/gu, '').trim();
}

/** A Mac sends й as и and a breve. */
function alike(text: string): string {
  return text.normalize('NFC').toLowerCase();
}
