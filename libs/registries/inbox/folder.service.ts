import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { Alerts } from '@mpp/alerts';
import { Settings } from '@mpp/config';
import { BackgroundWork, Database, inTemporaryFolder } from '@mpp/platform';
import { Injectable, Logger } from '@nestjs/common';
import { type FileRefusal, Inbox, type SeenFile } from './folder.js';
import { RegistryIntake } from './intake.service.js';

const NAME_LENGTH = 160;

/**
 * Takes registries out of a folder. A file is moved when it is kept, and not before: whoever dies in between, or looks at
 * the same moment as another process, comes upon known content.
 */
@Injectable()
export class RegistryFolder {
  private readonly log = new Logger('Registries');
  private readonly inbox: Inbox | null;
  /** What each file was like at the last look: one that changes is still being written. */
  private lastLook = new Map<string, string>();

  constructor(
    private readonly database: Database,
    private readonly intake: RegistryIntake,
    private readonly alerts: Alerts,
    private readonly settings: Settings,
    private readonly background: BackgroundWork,
  ) {
    const { REGISTRY_INBOX_DIR: folder } = settings;
    this.inbox = folder === undefined ? null : new Inbox(folder);
    if (this.inbox === null) return;
    background.register({
      name: 'registry-folder',
      everyMs: settings.REGISTRY_INBOX_POLL_MS,
      work: () => this.look(),
      log: this.log,
      fails: 'the folder of registries cannot be read',
      worksAgain: 'the folder of registries is read again',
    });
  }

  /** Takes every file that is as it was at the look before, and returns how many. The schedule calls it, and tests do. */
  async look(): Promise<number> {
    if (this.inbox === null) return 0;
    const files = await this.inbox.files();
    const settled = files.filter(({ name, state }) => this.lastLook.get(name) === state);
    this.lastLook = new Map(files.map(({ name, state }) => [name, state]));
    let taken = 0;
    for (const file of settled) {
      if (this.background.stopping.aborted) break;
      if (await this.take(this.inbox, file)) taken++;
    }
    return taken;
  }

  private async take(inbox: Inbox, file: SeenFile): Promise<boolean> {
    return inTemporaryFolder(async (folder) => {
      const path = join(folder, 'file');
      const copied = await inbox.copy(file, this.settings.REGISTRY_MAX_BYTES, path);
      if (copied === 'CHANGED') return false;
      if (copied !== 'COPIED') {
        await this.refuse(file, copied);
        await inbox.putAway(file, 'REFUSED', randomUUID());
        return false;
      }
      const { id } = await this.intake.receive({ name: file.name, path, source: 'FOLDER', from: null });
      await inbox.putAway(file, 'TAKEN', id);
      return true;
    });
  }

  /** Once for each file, by its name and when it was written: tomorrow’s may have the same name. */
  private async refuse({ name, size, changedAt }: SeenFile, reason: FileRefusal): Promise<void> {
    const subject = `${printable(name)} ${changedAt.toISOString()}`;
    const details = { reason, size };
    const raised = await this.database.statement((write) =>
      this.alerts.raise(write, [{ kind: 'REGISTRY_FILE_REFUSED', subject, details }]),
    );
    if (raised.length > 0) this.log.warn(`${printable(name)}, ${size} bytes, is refused: ${reason}`);
  }
}

function printable(name: string): string {
  return name.replace(/\p{C}/gu, '').slice(0, NAME_LENGTH);
}
