import { join } from 'node:path';
import { Alerts } from '@mpp/alerts';
import { Settings } from '@mpp/config';
import { Clock } from '@mpp/kernel';
import { BackgroundWork, inTemporaryFolder, isTemporary, Metrics, ReportDatabase } from '@mpp/platform';
import { Injectable, Logger } from '@nestjs/common';
import {
  alertSubject,
  allowedSender,
  findAttachments,
  type MailRefusal,
  type ReceivedMail,
  senderDomain,
} from '../domain/registry-mail.js';
import { RegistryIntake } from './intake.service.js';
import type { MailboxSession, Mark } from './mailbox.js';
import { sessionOf } from './session-of.js';

/**
 * Receives registries from the mailbox. A mail is marked after its files are stored: if a process dies in between, or two read
 * the mailbox at once, the content is known.
 */
@Injectable()
export class RegistryMailbox {
  private readonly log = new Logger('Registries');
  private lastSuccessAt: Date | null = null;
  /** The UIDs of mails that could not be read. */
  private readonly failed = new Set<number>();

  constructor(
    private readonly database: ReportDatabase,
    private readonly intake: RegistryIntake,
    private readonly alerts: Alerts,
    private readonly clock: Clock,
    private readonly settings: Settings,
    private readonly background: BackgroundWork,
    metrics: Metrics,
  ) {
    if (settings.REGISTRY_IMAP_URL === undefined) return;
    this.registerGauge(metrics);
    background.register({
      name: 'registry-mailbox',
      everyMs: settings.REGISTRY_IMAP_POLL_MS,
      work: () => this.pollMailbox(),
      log: this.log,
      fails: 'the mailbox of registries cannot be read',
      worksAgain: 'the mailbox of registries is read again',
    });
  }

  /** Processes each mail without a mark, and returns how many it marked. */
  async pollMailbox(): Promise<number> {
    const { REGISTRY_IMAP_URL: address } = this.settings;
    if (address === undefined) return 0;
    const session = sessionOf(address, this.settings);
    const disconnect = () => session.disconnect();
    this.background.stopping.addEventListener('abort', disconnect);
    try {
      await session.open();
      const marked = await this.processUnmarked(session);
      this.lastSuccessAt = this.clock.now();
      return marked;
    } catch (error) {
      // Unmarked mails are processed after the next start.
      if (this.background.stopping.aborted) return 0;
      throw error;
    } finally {
      this.background.stopping.removeEventListener('abort', disconnect);
      await session.close();
    }
  }

  /**
   * A mail that cannot be read is alerted and does not stop the next ones: its error is thrown at the end, and it comes last at the next poll, since
   * it may have broken the connection.
   */
  private async processUnmarked(session: MailboxSession): Promise<number> {
    const failures: Error[] = [];
    let marked = 0;
    const { uidValidity } = session;
    const uids = (await session.listUnmarked()).toSorted(
      (a, b) => Number(this.failed.has(a)) - Number(this.failed.has(b)),
    );
    for (const uid of uids) {
      try {
        const mail = await session.fetchMail(uid);
        if (mail === null) continue;
        await session.markMail(uid, await this.processMail(session, mail));
        this.failed.delete(uid);
        marked++;
      } catch (error) {
        if (isTemporary(error) || this.background.stopping.aborted) throw error;
        // The mail server may have gone; a second failure is the mail's own.
        if (session.usable || this.failed.has(uid)) await this.alertUnread(uidValidity, uid, error as Error);
        this.failed.add(uid);
        if (!session.usable) throw error;
        failures.push(error as Error);
      }
    }
    if (failures[0] !== undefined) throw failures[0];
    return marked;
  }

  /** Stores the attachments, except those that are too large, and returns the mark for the mail. */
  private async processMail(session: MailboxSession, mail: ReceivedMail): Promise<Mark> {
    const { REGISTRY_IMAP_SENDERS: senders = [], REGISTRY_IMAP_ATTACHMENTS, REGISTRY_MAX_BYTES } = this.settings;
    const sender = allowedSender(mail.from, senders);
    if (sender === null) return this.refuseMail(session, mail, 'SENDER');
    const attachments = findAttachments(mail.structure, REGISTRY_IMAP_ATTACHMENTS);
    if (attachments.length === 0) return this.refuseMail(session, mail, 'NO_ATTACHMENT');
    let tooLarge = false;
    for (const { part, name, minBytes } of attachments) {
      const received = await inTemporaryFolder(async (folder) => {
        const path = join(folder, 'attachment');
        if (minBytes > REGISTRY_MAX_BYTES) return false;
        if (!(await session.download(mail.uid, part, REGISTRY_MAX_BYTES, path))) return false;
        await this.intake.receiveFile({ name, path, source: 'MAIL', from: sender });
        return true;
      });
      tooLarge ||= !received;
    }
    return tooLarge ? this.refuseMail(session, mail, 'TOO_LARGE') : 'TAKEN';
  }

  private async refuseMail(session: MailboxSession, mail: ReceivedMail, reason: MailRefusal): Promise<'REFUSED'> {
    const subject = alertSubject(mail, session.uidValidity);
    const domain = senderDomain(mail.from);
    const details = { reason, senderDomain: domain };
    const raised = await this.database.statement((write) =>
      this.alerts.raiseAlerts(write, [{ kind: 'REGISTRY_MAIL_REFUSED', subject, details }]),
    );
    if (raised.length > 0) this.log.warn(`a mail from ${domain ?? 'an unknown domain'} is refused: ${reason}`);
    return 'REFUSED';
  }

  /** Its sender and Message-ID may be what cannot be read. */
  private async alertUnread(uidValidity: bigint, uid: number, { message }: Error): Promise<void> {
    const subject = `uid ${uidValidity}/${uid}`;
    await this.database.statement((write) =>
      this.alerts.raiseAlerts(write, [
        { kind: 'REGISTRY_MAIL_REFUSED', subject, details: { reason: 'NOT_READ', error: message } },
      ]),
    );
  }

  private registerGauge(metrics: Metrics): void {
    metrics.gauge(
      'mpp_registry_mailbox_last_success_timestamp_seconds',
      'When this process last read the mailbox of registries to its end; 0 until then',
      () => (this.lastSuccessAt?.getTime() ?? 0) / 1000,
    );
  }
}
