import type { ImapAddress, Settings } from '@mpp/config';
import { MailboxSession } from './mailbox.js';
import { certificateAuthority } from './require-inbox.js';

/** A session with the mail server at this address, not yet open. */
export function sessionOf(address: ImapAddress, settings: Settings): MailboxSession {
  return new MailboxSession(address, {
    ca: certificateAuthority(settings),
    required: settings.NODE_ENV === 'production',
  });
}

/** Logs in, and returns how many mails the mailbox has. Changes nothing. Rejects after the time limit. */
export async function countMails(address: ImapAddress, settings: Settings, withinMs: number): Promise<number> {
  const session = sessionOf(address, settings);
  const timer = setTimeout(() => session.disconnect(), withinMs);
  try {
    return await session.countMails();
  } finally {
    await session.close();
    clearTimeout(timer);
  }
}
