import { createTransport } from 'nodemailer';

/** Where mail goes where nobody says otherwise. */
export interface MailRoute {
  readonly smtpUrl: string | null;
  readonly to: string | null;
}

export interface Mail {
  readonly from: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly date: Date;
  readonly attachment: { readonly name: string; readonly type: string; readonly content: Buffer };
}

/** The mail server did not take it; the message says why. */
export class MailNotDelivered extends Error {
  override readonly name = 'MailNotDelivered';
}

/** A whole delivery takes a moment: whoever tries a server does not wait minutes to hear that nobody listens. */
const PATIENCE_MS = 10_000;
const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'smtp:': 25, 'smtps:': 465, 'lmtp:': 24 };

/** Delivers mail to the server that a URL names, and keeps none. */
export class RegistryMailer {
  constructor(readonly route: MailRoute) {}

  /**
   * Resolves with the Message-ID when the server has taken the letter. smtp: and lmtp: go without TLS, whatever the server
   * offers: it has seldom a certificate where this is tried. Throws {@link MailNotDelivered}.
   */
  async deliver(url: string, { attachment, ...letter }: Mail): Promise<string> {
    const transport = createTransport({
      ...connectionOf(new URL(url)),
      disableFileAccess: true,
      disableUrlAccess: true,
    });
    const { name, type, content } = attachment;
    try {
      const attachments = [{ filename: name, contentType: type, content }];
      const sent = await transport.sendMail({ ...letter, attachments });
      // By LMTP each recipient is answered on its own, after the letter.
      if (sent.rejected.length > 0) throw new Error(sent.rejectedErrors?.[0]?.message ?? 'the recipient was rejected');
      return sent.messageId;
    } catch (error) {
      throw new MailNotDelivered(`${url.replace(/\/\/[^@/]*@/, '//')}: ${(error as Error).message}`, { cause: error });
    } finally {
      transport.close();
    }
  }
}

function connectionOf({ protocol, hostname, port, username, password }: URL) {
  const secure = protocol === 'smtps:';
  return {
    host: hostname.replace(/^\[(.*)\]$/, '$1'),
    port: Number(port) || DEFAULT_PORTS[protocol] || 25,
    secure,
    ignoreTLS: !secure,
    lmtp: protocol === 'lmtp:',
    connectionTimeout: PATIENCE_MS,
    greetingTimeout: PATIENCE_MS,
    socketTimeout: PATIENCE_MS,
    ...(username !== '' && { auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) } }),
  };
}
