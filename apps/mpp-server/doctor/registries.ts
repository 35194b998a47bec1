import { statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { type Settings, SettingsError } from '@mpp/config';
import { inTemporaryFile, Unfit } from '@mpp/platform';
import { checkInboxFolder, countMails } from '@mpp/registries';
import { ANSWERS_WITHIN_MS, peerProblem } from './peer.js';
import { check, type Finding, skip } from './report.js';

/** Where registries come from, and the folder for temporary files through which they go. */
export function checkRegistries(settings: Settings): Promise<Finding>[] {
  return [checkMailbox(settings), checkFolder(settings), checkTemporaryFolder()];
}

function checkMailbox(settings: Settings): Promise<Finding> {
  return check('mailbox of registries', async () => {
    const { REGISTRY_IMAP_URL: address } = settings;
    if (address === undefined) return skip('REGISTRY_IMAP_URL is not set');
    const where = `${address.host}:${address.port}`;
    const setting = 'REGISTRY_IMAP_URL';
    try {
      return `${where} answers, ${address.mailbox} has ${await countMails(address, settings, ANSWERS_WITHIN_MS)} mails`;
    } catch (error) {
      if (error instanceof SettingsError) throw error;
      const { message, cause } = error as Error & { cause?: NodeJS.ErrnoException };
      const trust = 'set REGISTRY_IMAP_TLS_CA to the file of its authority';
      if (cause?.code !== undefined) throw peerProblem(cause, where, { setting, trust });
      throw new Unfit(
        `${where}: ${message}`,
        'correct user, password and mailbox in REGISTRY_IMAP_URL, each URL-encoded',
      );
    }
  });
}

function checkFolder(settings: Settings): Promise<Finding> {
  return check('folder of registries', () => {
    const { REGISTRY_INBOX_DIR: folder } = settings;
    if (folder === undefined) return skip('REGISTRY_INBOX_DIR is not set');
    checkInboxFolder(folder);
    return `${folder} can be read and written`;
  });
}

function checkTemporaryFolder(): Promise<Finding> {
  return check('temporary folder', async () => {
    const folder = tmpdir();
    try {
      await inTemporaryFile([Buffer.from('x')], async () => undefined);
    } catch (error) {
      throw new Unfit(
        (error as Error).message,
        'set TMPDIR to a folder that this user may write to, on a disk with room',
      );
    }
    const { bavail, bsize } = await statfs(folder);
    return `${folder} can be written, ${Math.round((bavail * bsize) / 2 ** 20)} MB are free`;
  });
}
