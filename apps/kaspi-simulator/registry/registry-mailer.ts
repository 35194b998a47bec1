import { createTransport } from 'nodemailer';

/** The mail server and recipient if the request names none. */
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

/** The mail server refused the mail or is unreachable; the message has the reason. */
export class MailNotDelivered extends Error {
  override readonly name = 'MailNotDelivered';
}

/** Much shorter than the library's defaults of minutes. */
const TIMEOUT_MS = 10_000;
const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'smtp:': 25, 'smtps:': 465, 'lmtp:': 24 };

/** Delivers mails to a mail server. */
export class RegistryMailer {
  constructor(readonly route: MailRoute) {}

  /**
   * Resolves with the Message-ID when the server at `url` has accepted the mail. smtp: and lmtp: never use TLS, because a
   * test server rarely has a valid certificate. Throws {@link MailNotDelivered}.
   */
  async deliverMail(url: string, { attachment, ...mail }: Mail): Promise<string> {
    const transport = createTransport({
      ...connectionOptions(new URL(url)),
      disableFileAccess: true,
      disableUrlAccess: true,
    });
    const { name, type, content } = attachment;
    try {
      const attachments = [{ filename: name, contentType: type, content }];
      const sent = await transport.sendMail({ ...mail, attachments });
      // LMTP answers for each recipient after the mail was sent.
      if (sent.rejected.length > 0) throw new Error(sent.rejectedErrors?.[0]?.message ?? 'the recipient was rejected');
      return sent.messageId;
    } catch (error) {
      throw new MailNotDelivered(`${url.replace(/\/\/[^@/]*@/, '//')}: ${(error as Error).message}`, { cause: error });
    } finally {
      transport.close();
    }
  }
}

function connectionOptions({ protocol, hostname, port, username, password }: URL) {
  const secure = protocol === 'smtps:';
  return {
    host: hostname.replace(/^\[(.*)\]$/, '$1'),
    port: Number(port) || DEFAULT_PORTS[protocol] || 25,
    secure,
    ignoreTLS: !secure,
    lmtp: protocol === 'lmtp:',
    connectionTimeout: TIMEOUT_MS,
    greetingTimeout: TIMEOUT_MS,
    socketTimeout: TIMEOUT_MS,
    ...(username !== '' && { auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) } }),
  };
}
