import { join } from 'node:path';
import { Alerts } from '@mpp/alerts';
import { Settings } from '@mpp/config';
import { Clock } from '@mpp/kernel';
import { BackgroundWork, Database, inTemporaryFolder, isTransient, Metrics } from '@mpp/platform';
import { Injectable, Logger } from '@nestjs/common';
import {
  type ArrivedMail,
  attachmentsOf,
  type MailRefusal,
  senderDomain,
  senderOf,
  subjectOf,
} from '../domain/registry-mail.js';
import { certificateAuthority } from './demand-inbox.js';
import { RegistryIntake } from './intake.service.js';
import { MailboxVisit, type Mark } from './mailbox.js';

/**
 * Takes registries out of the mailbox. A mail is marked when its files are kept, and not before: whoever dies in between, or
 * looks at the same moment as another process, comes upon known content.
 */
@Injectable()
export class RegistryMailbox {
  private readonly log = new Logger('Registries');
  private lastSuccessAt: Date | null = null;

  constructor(
    private readonly database: Database,
    private readonly intake: RegistryIntake,
    private readonly alerts: Alerts,
    private readonly clock: Clock,
    private readonly settings: Settings,
    private readonly background: BackgroundWork,
    metrics: Metrics,
  ) {
    if (settings.REGISTRY_IMAP_URL === undefined) return;
    this.measure(metrics);
    background.register({
      name: 'registry-mailbox',
      everyMs: settings.REGISTRY_IMAP_POLL_MS,
      work: () => this.poll(),
      log: this.log,
      fails: 'the mailbox of registries cannot be read',
      worksAgain: 'the mailbox of registries is read again',
    });
  }

  /** Looks at every mail that bears no mark, and returns how many it marked. The schedule calls it, and tests do. */
  async poll(): Promise<number> {
    const { REGISTRY_IMAP_URL: address, NODE_ENV } = this.settings;
    if (address === undefined) return 0;
    const tls = { ca: certificateAuthority(this.settings), required: NODE_ENV === 'production' };
    const visit = new MailboxVisit(address, tls);
    const drop = () => visit.drop();
    this.background.stopping.addEventListener('abort', drop);
    try {
      await visit.open();
      const marked = await this.takeAll(visit);
      this.lastSuccessAt = this.clock.now();
      return marked;
    } catch (error) {
      // Nobody has to look at it: the process ends, and another visit takes up what is not marked.
      if (this.background.stopping.aborted) return 0;
      throw error;
    } finally {
      this.background.stopping.removeEventListener('abort', drop);
      await visit.close();
    }
  }

  /** A mail that cannot be read does not hold up those behind it; the visit fails all the same. */
  private async takeAll(visit: MailboxVisit): Promise<number> {
    const failures: Error[] = [];
    let marked = 0;
    for (const uid of await visit.unmarked()) {
      try {
        const mail = await visit.mail(uid);
        if (mail === null) continue;
        await visit.mark(uid, await this.take(visit, mail));
        marked++;
      } catch (error) {
        if (!visit.usable || isTransient(error)) throw error;
        failures.push(error as Error);
      }
    }
    if (failures[0] !== undefined) throw failures[0];
    return marked;
  }

  /** Returns once it is safe to mark the mail so. What of it can be taken is taken, also where the rest is refused. */
  private async take(visit: MailboxVisit, mail: ArrivedMail): Promise<Mark> {
    const { REGISTRY_IMAP_SENDERS: senders = [], REGISTRY_IMAP_ATTACHMENTS, REGISTRY_MAX_BYTES } = this.settings;
    const sender = senderOf(mail.from, senders);
    if (sender === null) return this.refuse(visit, mail, 'SENDER');
    const attachments = attachmentsOf(mail.structure, REGISTRY_IMAP_ATTACHMENTS);
    if (attachments.length === 0) return this.refuse(visit, mail, 'NO_ATTACHMENT');
    let tooLarge = false;
    for (const { part, name, leastBytes } of attachments) {
      const taken = await inTemporaryFolder(async (folder) => {
        const path = join(folder, 'attachment');
        if (leastBytes > REGISTRY_MAX_BYTES) return false;
        if (!(await visit.download(mail.uid, part, REGISTRY_MAX_BYTES, path))) return false;
        await this.intake.receive({ name, path, source: 'MAIL', from: sender });
        return true;
      });
      tooLarge ||= !taken;
    }
    return tooLarge ? this.refuse(visit, mail, 'TOO_LARGE') : 'TAKEN';
  }

  private async refuse(visit: MailboxVisit, mail: ArrivedMail, reason: MailRefusal): Promise<'REFUSED'> {
    const subject = subjectOf(mail, visit.uidValidity);
    const domain = senderDomain(mail.from);
    const details = { reason, senderDomain: domain };
    const raised = await this.database.statement((write) =>
      this.alerts.raise(write, [{ kind: 'REGISTRY_MAIL_REFUSED', subject, details }]),
    );
    if (raised.length > 0) this.log.warn(`a mail from ${domain ?? 'nobody in particular'} is refused: ${reason}`);
    return 'REFUSED';
  }

  private measure(metrics: Metrics): void {
    metrics.gauge(
      'mpp_registry_mailbox_last_success_timestamp_seconds',
      'When this process last read the mailbox of registries to its end; 0 until then',
      () => (this.lastSuccessAt?.getTime() ?? 0) / 1000,
    );
  }
}
