import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';

export interface Arrived {
  /** The first word by which a client greets: EHLO or LHLO. */
  readonly greeting: string;
  readonly from: string;
  readonly to: readonly string[];
  /** As it came over the wire, headers and all. */
  readonly letter: string;
}

/** A mail server that takes letters by SMTP or LMTP, or refuses as the test says: as much of RFC 5321 and 2033 as one letter needs. */
export class MailServer {
  arrived: Arrived[] = [];
  /** What a command is answered with instead, by its first word; `letter` is what follows DATA. */
  refusals: Readonly<Record<string, string>> = {};
  private readonly sockets = new Set<Socket>();

  private constructor(private readonly server: Server) {
    server.on('connection', (socket) => {
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket));
      void this.converse(socket).catch(() => socket.destroy());
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

  forget(): void {
    this.arrived = [];
    this.refusals = {};
  }

  async stop(): Promise<void> {
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
    await once(this.server, 'close');
  }

  private async converse(socket: Socket): Promise<void> {
    const say = (line: string) => socket.write(`${line}\r\n`);
    let [greeting, from, to] = ['', '', [] as string[]];
    say('220 mail.bank.kz');
    const lines = linesOf(socket);
    for await (const line of lines) {
      const command = (/^\w+/.exec(line)?.[0] ?? '').toUpperCase();
      const address = /<(.*)>/.exec(line)?.[1] ?? '';
      const refusal = this.refusals[command];
      if (refusal !== undefined) say(refusal);
      else if (command === 'QUIT') {
        say('221 bye');
        break;
      } else if (command === 'DATA') {
        say('354 go on');
        const letter = await readLetter(lines);
        const refused = this.refusals.letter;
        if (refused === undefined) this.arrived.push({ greeting, from, to, letter });
        // By LMTP one answer for each recipient.
        for (const _ of greeting === 'LHLO' ? to : [to]) say(refused ?? '250 taken');
      } else {
        if (command === 'EHLO' || command === 'LHLO') greeting = command;
        if (command === 'MAIL') [from, to] = [address, []];
        if (command === 'RCPT') to.push(address);
        say('250 good');
      }
    }
    socket.end();
  }
}

async function readLetter(lines: AsyncGenerator<string>): Promise<string> {
  const letter: string[] = [];
  for (;;) {
    const { value, done } = await lines.next();
    if (done === true || value === '.') return letter.join('\r\n');
    letter.push(value.startsWith('.') ? value.slice(1) : value);
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
