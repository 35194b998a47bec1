import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';

export interface ReceivedMail {
  /** EHLO or LHLO. */
  readonly greeting: string;
  readonly from: string;
  readonly to: readonly string[];
  /** As received, with its headers. */
  readonly text: string;
}

/** A mail server for SMTP and LMTP that accepts mails or refuses as the test configures it (RFC 5321 and 2033). */
export class MailServer {
  received: ReceivedMail[] = [];
  /** The refusing answers by command; `text` refuses the mail after DATA. */
  refusals: Readonly<Record<string, string>> = {};
  private readonly sockets = new Set<Socket>();

  private constructor(private readonly server: Server) {
    server.on('connection', (socket) => {
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket));
      void this.serve(socket).catch(() => socket.destroy());
    });
  }

  static async start(): Promise<MailServer> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new MailServer(server);
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  reset(): void {
    this.received = [];
    this.refusals = {};
  }

  async stop(): Promise<void> {
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
    await once(this.server, 'close');
  }

  private async serve(socket: Socket): Promise<void> {
    const send = (line: string) => socket.write(`${line}\r\n`);
    let [greeting, from, to] = ['', '', [] as string[]];
    send('220 mail.bank.kz');
    const lines = linesOf(socket);
    for await (const line of lines) {
      const command = (/^\w+/.exec(line)?.[0] ?? '').toUpperCase();
      const address = /<(.*)>/.exec(line)?.[1] ?? '';
      const refusal = this.refusals[command];
      if (refusal !== undefined) send(refusal);
      else if (command === 'QUIT') {
        send('221 bye');
        break;
      } else if (command === 'DATA') {
        send('354 send the mail');
        const text = await readMail(lines);
        const refused = this.refusals.text;
        if (refused === undefined) this.received.push({ greeting, from, to, text });
        // LMTP: one answer per recipient.
        for (const _ of greeting === 'LHLO' ? to : [to]) send(refused ?? '250 accepted');
      } else {
        if (command === 'EHLO' || command === 'LHLO') greeting = command;
        if (command === 'MAIL') [from, to] = [address, []];
        if (command === 'RCPT') to.push(address);
        send('250 ok');
      }
    }
    socket.end();
  }
}

async function readMail(lines: AsyncGenerator<string>): Promise<string> {
  const mail: string[] = [];
  for (;;) {
    const { value, done } = await lines.next();
    if (done === true || value === '.') return mail.join('\r\n');
    mail.push(value.startsWith('.') ? value.slice(1) : value);
  }
}

async function* linesOf(socket: Socket): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of socket) {
    const parts = (rest + String(chunk)).split('\r\n');
    rest = parts.pop() ?? '';
    yield* parts;
  }
}
