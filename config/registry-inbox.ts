import { z } from 'zod';

/** Where the mailbox is, and who we are there. */
export interface ImapAddress {
  /** TLS from the first byte; else STARTTLS. */
  readonly secure: boolean;
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly mailbox: string;
}

const DEFAULT_MAILBOX = 'INBOX';
/** The value contains a password, so the message does not repeat the value. */
const IMAP_URL = 'must be like imaps://user:password@host:993/INBOX, with user, password and mailbox URL-encoded';

/** `imaps://user:password@host:993/INBOX`. */
export const imapUrl = z.string().transform((text, context): ImapAddress => {
  const address = imapAddress(text);
  if (address !== null) return address;
  context.addIssue({ code: 'custom', message: IMAP_URL });
  return z.NEVER;
});

function imapAddress(text: string): ImapAddress | null {
  try {
    const { protocol, hostname, port, username, password, pathname, search, hash } = new URL(text);
    if (!/^imaps?:$/.test(protocol) || hostname === '' || username === '' || password === '' || search + hash !== '') {
      return null;
    }
    const secure = protocol === 'imaps:';
    return {
      secure,
      host: hostname.replace(/^\[(.*)\]$/, '$1'),
      port: port === '' ? (secure ? 993 : 143) : Number(port),
      user: decodeURIComponent(username),
      password: decodeURIComponent(password),
      mailbox: decodeURIComponent(pathname.slice(1)) || DEFAULT_MAILBOX,
    };
  } catch {
    return null;
  }
}

const list = z.string().transform((text) =>
  text
    .split(',')
    .map((part) => part.trim().toLowerCase())
    .filter((part) => part !== ''),
);

/** Addresses, or `@domain` for all of a domain; in lower case. */
export const senders = list.pipe(
  z
    .array(
      z.string().regex(/^[^\s@()<>"\p{C}]*@[^\s@()<>"\p{C}]+$/u, {
        error: 'must be a comma-separated list like registry@kaspi.kz,@kaspi.kz',
      }),
    )
    .min(1, { error: 'must name a sender at least' }),
);

/** File names, `*` for anything; in lower case. */
export const namePatterns = list.pipe(
  z
    .array(
      z
        .string()
        .max(100)
        .regex(/^[^\p{C}/\\]+$/u, { error: 'must be a comma-separated list like *.xlsx,registry*.xlsx' }),
    )
    .min(1, { error: 'must have a pattern at least' }),
);
