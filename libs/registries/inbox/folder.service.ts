import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { Alerts } from '@mpp/alerts';
import { Settings } from '@mpp/config';
import { BackgroundWork, inTemporaryFolder, ReportDatabase } from '@mpp/platform';
import { Injectable, Logger } from '@nestjs/common';
import { type FileRefusal, type FileState, InboxFolder } from './folder.js';
import { RegistryIntake } from './intake.service.js';

const MAX_NAME_LENGTH = 160;

/**
 * Receives registries from a folder. A file is moved after it is stored: if a process dies in between, or two read the folder
 * at once, the content is known.
 */
@Injectable()
export class RegistryFolder {
  private readonly log = new Logger('Registries');
  private readonly inbox: InboxFolder | null;
  /** The state of each file at the last poll: a file that changes is still being written. */
  private lastStates = new Map<string, string>();

  constructor(
    private readonly database: ReportDatabase,
    private readonly intake: RegistryIntake,
    private readonly alerts: Alerts,
    private readonly settings: Settings,
    private readonly background: BackgroundWork,
  ) {
    const { REGISTRY_INBOX_DIR: folder } = settings;
    this.inbox = folder === undefined ? null : new InboxFolder(folder);
    if (this.inbox === null) return;
    background.register({
      name: 'registry-folder',
      everyMs: settings.REGISTRY_INBOX_POLL_MS,
      work: () => this.pollFolder(),
      log: this.log,
      fails: 'the folder of registries cannot be read',
      worksAgain: 'the folder of registries is read again',
    });
  }

  /** Receives each file that has not changed since the last poll, and returns how many. */
  async pollFolder(): Promise<number> {
    if (this.inbox === null) return 0;
    const files = await this.inbox.listFiles();
    const unchanged = files.filter(({ name, state }) => this.lastStates.get(name) === state);
    this.lastStates = new Map(files.map(({ name, state }) => [name, state]));
    let received = 0;
    for (const file of unchanged) {
      if (this.background.stopping.aborted) break;
      if (await this.receiveFile(this.inbox, file)) received++;
    }
    return received;
  }

  private async receiveFile(inbox: InboxFolder, file: FileState): Promise<boolean> {
    return inTemporaryFolder(async (folder) => {
      const path = join(folder, 'file');
      const copied = await inbox.copyFile(file, this.settings.REGISTRY_MAX_BYTES, path);
      if (copied === 'CHANGED') return false;
      if (copied !== 'COPIED') {
        await this.alertRefusal(file, copied);
        await inbox.moveFile(file, 'REFUSED', randomUUID());
        return false;
      }
      const { id } = await this.intake.receiveFile({ name: file.name, path, source: 'FOLDER', from: null });
      await inbox.moveFile(file, 'TAKEN', id);
      return true;
    });
  }

  /** One alert per file, by name and modification time: the next day’s file may have the same name. */
  private async alertRefusal({ name, size, changedAt }: FileState, reason: FileRefusal): Promise<void> {
    const subject = `${printable(name)} ${changedAt.toISOString()}`;
    const details = { reason, size };
    const raised = await this.database.statement((write) =>
      this.alerts.raiseAlerts(write, [{ kind: 'REGISTRY_FILE_REFUSED', subject, details }]),
    );
    if (raised.length > 0) this.log.warn(`${printable(name)}, ${size} bytes, is refused: ${reason}`);
  }
}

function printable(name: string): string {
  return name.replace(/\p{C}/gu, '').slice(0, MAX_NAME_LENGTH);
}
