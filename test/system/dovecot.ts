import { type ChildProcess, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { chmod, chown, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ImapFlow } from 'imapflow';
import { createTransport, type SendMailOptions } from 'nodemailer';
import type { Certified } from '../support/certificates.js';
import { until } from '../support/until.js';

const USER = 'registries@bank.example';
/** With characters that must be escaped in a URL. */
const PASSWORD = 'correct horse/battery+staple@9%';
/** The mails' owner: Dovecot stores no mails as root. */
const NOBODY = { uid: 65_534, gid: 65_534 };

export interface KeptMail {
  readonly subject: string;
  readonly flags: string[];
}

interface Kind {
  /** The server's certificate; null for no TLS. */
  readonly tls?: Certified | null;
  /** If false, clients can set no flag except "read". */
  readonly keepsKeywords?: boolean;
}

/** A real mail server with one user, in a folder of its own, which a test can stop and start. */
export class Dovecot {
  private child: ChildProcess | null = null;

  private constructor(
    private readonly folder: string,
    readonly imapPort: number,
    private readonly lmtpPort: number,
    private readonly tls: Certified | null,
    private readonly keepsKeywords: boolean,
  ) {}

  static async start({ tls = null, keepsKeywords = true }: Kind = {}): Promise<Dovecot> {
    const folder = await mkdtemp(join(tmpdir(), 'mpp-dovecot-'));
    const dovecot = new Dovecot(folder, await freePort(), await freePort(), tls, keepsKeywords);
    // Its processes run as other users and must reach their files.
    await chmod(folder, 0o755);
    await mkdir(join(folder, 'mail'));
    await chown(join(folder, 'mail'), NOBODY.uid, NOBODY.gid);
    await writeFile(join(folder, 'users'), `${USER}:{PLAIN}${PASSWORD}\n`);
    if (tls !== null) {
      await writeFile(join(folder, 'cert.pem'), tls.cert);
      await writeFile(join(folder, 'key.pem'), tls.key, { mode: 0o600 });
    }
    await writeFile(join(folder, 'acl'), 'INBOX owner lrsip\n');
    await writeFile(join(folder, 'dovecot.conf'), dovecot.configuration());
    await dovecot.open();
    return dovecot;
  }

  /** The mailbox's URL, through another port if a proxy is in between. */
  url(port = this.imapPort): string {
    const scheme = this.tls === null ? 'imap' : 'imaps';
    return `${scheme}://${encodeURIComponent(USER)}:${encodeURIComponent(PASSWORD)}@127.0.0.1:${port}`;
  }

  async open(): Promise<void> {
    const child = spawn('dovecot', ['-F', '-c', join(this.folder, 'dovecot.conf')], { stdio: 'ignore' });
    this.child = child;
    const ended = once(child, 'exit').then(() => 'ended');
    const answers = async () => (await connects(this.imapPort)) && (await connects(this.lmtpPort));
    const ready = until('Dovecot answers', answers, Boolean);
    if ((await Promise.race([ended, ready])) !== 'ended') return;
    throw new Error(`Dovecot did not start:\n${await readFile(join(this.folder, 'log'), 'utf8').catch(String)}`);
  }

  async close(): Promise<void> {
    const { child } = this;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await ended;
    await until(
      'closed ports',
      () => connects(this.imapPort),
      (open) => !open,
    );
  }

  async stop(): Promise<void> {
    await this.close();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** Delivers a mail to the mailbox. */
  async deliver(mail: SendMailOptions): Promise<void> {
    const transport = createTransport({ host: '127.0.0.1', port: this.lmtpPort, lmtp: true, ignoreTLS: true });
    const { from } = mail;
    const envelope = { from: typeof from === 'string' ? from : 'bounces@mail.example', to: [USER] };
    await transport.sendMail({ to: USER, text: 'Во вложении реестр.', ...mail, envelope });
    transport.close();
  }

  /** The mails in the mailbox, oldest first. */
  async mails(): Promise<KeptMail[]> {
    const client = new ImapFlow({
      ...{ host: '127.0.0.1', port: this.imapPort, secure: this.tls !== null, logger: false },
      auth: { user: USER, pass: PASSWORD },
      ...(this.tls !== null && { tls: { ca: this.tls.cert } }),
    });
    await client.connect();
    try {
      const { exists } = await client.mailboxOpen('INBOX', { readOnly: true });
      const mails = exists === 0 ? [] : await client.fetchAll('1:*', { envelope: true, flags: true });
      return mails.map(({ envelope, flags }) => ({
        subject: envelope?.subject ?? '',
        flags: [...(flags ?? [])].filter((flag) => flag !== '\\Recent').toSorted(),
      }));
    } finally {
      await client.logout();
    }
  }

  private configuration(): string {
    const { folder, imapPort, lmtpPort, tls, keepsKeywords } = this;
    const [plain, encrypted] = tls === null ? [imapPort, 0] : [0, imapPort];
    const certificate = `ssl_cert = <${folder}/cert.pem\nssl_key = <${folder}/key.pem`;
    return `
      protocols = imap lmtp
      listen = 127.0.0.1
      base_dir = ${folder}/run
      state_dir = ${folder}/state
      log_path = ${folder}/log
      mail_location = maildir:${folder}/mail/Maildir
      disable_plaintext_auth = no
      ssl = ${tls === null ? 'no' : `required\n${certificate}`}
      passdb {
        driver = passwd-file
        args = ${folder}/users
      }
      userdb {
        driver = static
        args = uid=${NOBODY.uid} gid=${NOBODY.gid} home=${folder}/mail
      }
      ${keepsKeywords ? '' : `mail_plugins = acl\nplugin {\nacl = vfile:${folder}/acl\n}`}
      service imap-login {
        inet_listener imap {
          port = ${plain}
        }
        inet_listener imaps {
          port = ${encrypted}
          ssl = yes
        }
      }
      service lmtp {
        inet_listener lmtp {
          port = ${lmtpPort}
        }
      }
      protocol lmtp {
        ssl = no
      }
    `.replace(/^ +/gm, '');
  }
}

function connects(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1');
    socket.once('error', () => resolve(false));
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });
}

/** Below the range of ephemeral ports, so that no other process gets the port before dovecot listens. */
async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(10_000, 30_000);
    if (!(await connects(port))) return port;
  }
}
