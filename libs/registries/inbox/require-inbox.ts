import { X509Certificate } from 'node:crypto';
import { accessSync, constants, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Settings } from '@mpp/config';
import { pemOf, usable } from '@mpp/platform';
import { FOLDERS } from './folder.js';

/** Checks the folders and certificates at the start: a wrong setting stops it with its name. */
export function requireInbox(settings: Settings): void {
  certificateAuthority(settings);
  const { REGISTRY_INBOX_DIR: folder } = settings;
  if (folder === undefined) return;
  usable('REGISTRY_INBOX_DIR', () => {
    if (!statSync(folder).isDirectory()) throw new Error(`${folder} is not a folder`);
    for (const path of [folder, ...Object.values(FOLDERS).map((name) => join(folder, name))]) {
      mkdirSync(path, { recursive: true });
      accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
    }
  });
}

/** The certificate authority of the mail server; null for those that the system trusts. */
export function certificateAuthority({ REGISTRY_IMAP_TLS_CA: given }: Settings): string | null {
  if (given === undefined) return null;
  const ca = pemOf('REGISTRY_IMAP_TLS_CA', given);
  usable('REGISTRY_IMAP_TLS_CA', () => new X509Certificate(ca));
  return ca;
}
