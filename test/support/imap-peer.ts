import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import tls from 'node:tls';

const USER = 'registries';

/** A mail server with one user and two mailboxes, INBOX and Shared/INBOX, which may only be read. It records the commands of its clients. */
export class ImapPeer {
  /** Without tags, and without the password of LOGIN. */
  readonly commands: string[] = [];

  private constructor(
    private readonly server: tls.Server,
    private readonly password: string,
  ) {}

  static async start(certificate: { cert: string; key: string }, password: string): Promise<ImapPeer> {
    const { cert, key } = certificate;
    const peer: ImapPeer = new ImapPeer(
      tls.createServer({ cert, key }, (socket) => peer.serve(socket)),
      password,
    );
    await new Promise<void>((resolve) => peer.server.listen(0, '127.0.0.1', resolve));
    return peer;
  }

  url(password = this.password, mailbox = 'INBOX'): string {
    return `imaps://${USER}:${password}@127.0.0.1:${(this.server.address() as AddressInfo).port}/${mailbox}`;
  }

  async close(): Promise<void> {
    await new Promise((resolve) => this.server.close(resolve));
  }

  private serve(socket: tls.TLSSocket): void {
    socket.on('error', () => undefined);
    socket.write('* OK [CAPABILITY IMAP4rev1] ready\r\n');
    // It emits the errors of its input again.
    const lines = createInterface({ input: socket }).on('error', () => undefined);
    lines.on('line', (line) => {
      const [, tag = '', command = ''] = /^(\S+) (.*)$/.exec(line) ?? [];
      this.commands.push(command.replace(/^(LOGIN \S+) .*/, '$1'));
      socket.write(this.answer(command).replaceAll('TAG', tag));
      if (command === 'LOGOUT') socket.end();
    });
  }

  private answer(command: string): string {
    const [verb = '', ...words] = command.split(' ');
    const isRight = words.join(' ').replaceAll('"', '') === `${USER} ${this.password}`;
    if (verb === 'LOGIN' && !isRight) return 'TAG NO [AUTHENTICATIONFAILED] wrong\r\n';
    if (verb === 'LIST' && !/INBOX"?$/.test(command)) return '* LIST (\\Noselect) "/" ""\r\nTAG OK done\r\n';
    if (verb === 'LIST') return '* LIST () "/" INBOX\r\nTAG OK done\r\n';
    if (verb === 'LOGOUT') return '* BYE\r\nTAG OK done\r\n';
    if (verb !== 'SELECT') return 'TAG OK done\r\n';
    if (!/INBOX"?$/.test(command)) return 'TAG NO [NONEXISTENT] there is no such mailbox\r\n';
    const flags = '* FLAGS (\\Seen)\r\n* OK [PERMANENTFLAGS (\\Seen \\*)] may be set\r\n';
    const mode = command.includes('Shared/') ? 'READ-ONLY' : 'READ-WRITE';
    return `${flags}* 3 EXISTS\r\n* OK [UIDVALIDITY 1] valid\r\nTAG OK [${mode}] done\r\n`;
  }
}
