import { X509Certificate } from 'node:crypto';
import { accessSync, constants, existsSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Settings } from '@mpp/config';
import { pemOf, usable } from '@mpp/platform';
import { FOLDERS } from './folder.js';

/** Checks the folders and certificates at the start: a wrong setting stops it with its name. */
export function requireInbox(settings: Settings): void {
  certificateAuthority(settings);
  const { REGISTRY_INBOX_DIR: folder } = settings;
  if (folder === undefined) return;
  checkInboxFolder(folder);
  usable('REGISTRY_INBOX_DIR', () => {
    for (const path of subfolders(folder)) mkdirSync(path, { recursive: true });
  });
  checkInboxFolder(folder);
}

/** Throws {@link SettingsError} unless the folder exists and it and its subfolders, if they exist, can be read and written. Creates none. */
export function checkInboxFolder(folder: string): void {
  usable('REGISTRY_INBOX_DIR', () => {
    if (!statSync(folder).isDirectory()) throw new Error(`${folder} is not a folder`);
    for (const path of [folder, ...subfolders(folder).filter((path) => existsSync(path))]) {
      accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
    }
  });
}

function subfolders(folder: string): string[] {
  return Object.values(FOLDERS).map((name) => join(folder, name));
}

/** The certificate authority of the mail server; null for those that the system trusts. */
export function certificateAuthority({ REGISTRY_IMAP_TLS_CA: given }: Settings): string | null {
  if (given === undefined) return null;
  const ca = pemOf('REGISTRY_IMAP_TLS_CA', given);
  usable('REGISTRY_IMAP_TLS_CA', () => new X509Certificate(ca));
  return ca;
}
