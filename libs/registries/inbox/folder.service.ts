import { randomUUID } from 'node:crypto';
import { basename, join } from 'node:path';
import { Alerts } from '@mpp/alerts';
import { Settings } from '@mpp/config';
import { Clock } from '@mpp/kernel';
import { BackgroundWork, inTemporaryFolder, isTemporary, ReportDatabase } from '@mpp/platform';
import { Injectable, Logger } from '@nestjs/common';
import { type FileRefusal, type FileState, InboxFolder } from './folder.js';
import { RegistryIntake } from './intake.service.js';

const MAX_NAME_LENGTH = 160;
const LONGEST_PAUSE_MS = 3_600_000;
const MOST_WATCHED = 200;

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
  /** The states of the files that this process moved last, by their paths. */
  private readonly taken = new Map<string, string>();

  constructor(
    private readonly database: ReportDatabase,
    private readonly intake: RegistryIntake,
    private readonly alerts: Alerts,
    private readonly clock: Clock,
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

  /**
   * Receives each file that has not changed since the last poll, and returns how many. A file that cannot be received is alerted and tried again;
   * it does not stop those behind it.
   */
  async pollFolder(): Promise<number> {
    if (this.inbox === null) return 0;
    const waiting = await this.inbox.listFiles();
    const moved = await this.inbox.findFiles([...this.taken.keys()]);
    const changed = moved.filter(({ name, state }) => this.taken.get(name) !== state);
    const files = [...waiting, ...changed];
    const unchanged = files.filter(({ name, state }) => this.lastStates.get(name) === state);
    this.lastStates = new Map(files.map(({ name, state }) => [name, state]));
    let received = 0;
    for (const file of unchanged) {
      if (this.background.stopping.aborted) break;
      try {
        if (await this.receiveFile(this.inbox, file)) received++;
      } catch (error) {
        if (isTemporary(error)) throw error;
        await this.alertRefusal(file, 'NOT_TAKEN', (error as Error).message);
      }
    }
    return received;
  }

  private async receiveFile(inbox: InboxFolder, file: FileState): Promise<boolean> {
    return inTemporaryFolder(async (folder) => {
      const path = join(folder, 'file');
      const copied = await inbox.copyFile(file, this.settings.REGISTRY_MAX_BYTES, path, this.mayBeIncomplete(file));
      if (copied === 'CHANGED' || copied === 'INCOMPLETE') return false;
      const isTaken = this.taken.has(file.name);
      if (copied !== 'COPIED') {
        await this.alertRefusal(file, copied);
        if (!isTaken) await inbox.moveFile(file, 'REFUSED', randomUUID());
        return false;
      }
      const { id } = await this.intake.receiveFile({ name: basename(file.name), path, source: 'FOLDER', from: null });
      this.watch(isTaken ? file.name : await inbox.moveFile(file, 'TAKEN', id), file.state);
      return true;
    });
  }

  /** An upload that pauses for longer than this has ended. */
  private mayBeIncomplete({ changedAt }: FileState): boolean {
    return this.clock.now().getTime() - changedAt.getTime() < LONGEST_PAUSE_MS;
  }

  /** A program that has the file open can still write to it where it lies now. */
  private watch(path: string | null, state: string): void {
    if (path === null) return;
    this.taken.delete(path);
    this.taken.set(path, state);
    const [oldest] = this.taken.keys();
    if (this.taken.size > MOST_WATCHED && oldest !== undefined) this.taken.delete(oldest);
  }

  /** One alert per file, by name and modification time: the next day’s file may have the same name. */
  private async alertRefusal(
    { name, size, changedAt }: FileState,
    reason: FileRefusal | 'NOT_TAKEN',
    error?: string,
  ): Promise<void> {
    const subject = `${printable(name)} ${changedAt.toISOString()}`;
    const details = { reason, size, ...(error !== undefined && { error }) };
    const raised = await this.database.statement((write) =>
      this.alerts.raiseAlerts(write, [{ kind: 'REGISTRY_FILE_REFUSED', subject, details }]),
    );
    if (raised.length > 0)
      this.log.warn(
        `${printable(name)}, ${size} bytes, is refused: ${reason}${error === undefined ? '' : `, ${error}`}`,
      );
  }
}

function printable(name: string): string {
  return name.replace(/\p{C}/gu, '').slice(0, MAX_NAME_LENGTH);
}
