import { X509Certificate } from 'node:crypto';
import { accessSync, constants, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Settings } from '@mpp/config';
import { pemOf, usable } from '@mpp/platform';
import { FOLDERS } from './folder.js';

/** Tries at the start what the ways in need, so that a wrong setting stops it with its name. */
export function demandInbox(settings: Settings): void {
  certificateAuthority(settings);
  const { REGISTRY_INBOX_DIR: folder } = settings;
  if (folder === undefined) return;
  usable('REGISTRY_INBOX_DIR', () => {
    if (!statSync(folder).isDirectory()) throw new Error(`${folder} is no folder`);
    for (const place of [folder, ...Object.values(FOLDERS).map((name) => join(folder, name))]) {
      mkdirSync(place, { recursive: true });
      accessSync(place, constants.R_OK | constants.W_OK | constants.X_OK);
    }
  });
}

/** Whose certificate the mail server must show; null for those that the system trusts. */
export function certificateAuthority({ REGISTRY_IMAP_TLS_CA: given }: Settings): string | null {
  if (given === undefined) return null;
  const ca = pemOf('REGISTRY_IMAP_TLS_CA', given);
  usable('REGISTRY_IMAP_TLS_CA', () => new X509Certificate(ca));
  return ca;
}
