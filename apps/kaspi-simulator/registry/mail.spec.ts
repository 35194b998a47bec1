import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type Arrived, MailServer } from '../testing/mail-server.js';
import { readRegistry, registryOf } from '../testing/registry-file.js';
import { TestSimulator } from '../testing/test-simulator.js';

const BANK = 'registry@bank.kz';
const simulator = new TestSimulator();
let mail: MailServer;

beforeAll(async () => {
  mail = await MailServer.start();
  await simulator.start();
  const { client } = simulator;
  const { qrCode, paymentId } = await client.newQr();
  await client.scan(qrCode);
  await client.notify(paymentId);
});
afterAll(async () => {
  await simulator.end();
  await mail.stop();
});
afterEach(() => mail.forget());

const smtp = (protocol = 'smtp') => `${protocol}://127.0.0.1:${mail.port}`;
const post = async (order: unknown, { url } = simulator.running) => {
  const response = await fetch(`${url}/registry/mail`, { method: 'POST', body: JSON.stringify(order) });
  return { status: response.status, body: JSON.parse(await response.text()) };
};

/** What a mail program makes of the letter: RFC 2047 and 2231 decoded, and the attachment as bytes. */
function opened({ letter }: Arrived) {
  const unfolded = letter.replace(/\r\n[ \t]+/g, ' ');
  const header = (name: string) => new RegExp(`^${name}: (.*)$`, 'im').exec(unfolded)?.[1] ?? '';
  const [, disposition = ''] = /^Content-Disposition: (attachment;.*)$/im.exec(unfolded) ?? [];
  const [, head = '', after = ''] =
    /(.*?)\r\n\r\n(.*)/s.exec(letter.slice(letter.indexOf('spreadsheetml.sheet'))) ?? [];
  expect(head).toContain('Content-Transfer-Encoding: base64');
  const name = [...disposition.matchAll(/filename\*(?:\d+\*?)?=(?:utf-8'')?"?([^;\s"]+)/gi)].map(([, part]) => part);
  return {
    subject: header('Subject').replace(/=\?UTF-8\?([BQ])\?(.*?)\?=\s*/gi, (_, how, text) => decoded(how, text)),
    from: header('From'),
    to: header('To'),
    date: new Date(header('Date')),
    messageId: header('Message-ID'),
    name: decodeURIComponent(name.join('')),
    file: Buffer.from(after.split('--')[0] ?? '', 'base64'),
  };
}

function decoded(how: string, text: string): string {
  if (how.toUpperCase() === 'B') return Buffer.from(text, 'base64').toString();
  return decodeURIComponent(text.replaceAll('_', ' ').replaceAll('%', '%25').replaceAll('=', '%'));
}

const only = () => {
  expect(mail.arrived).toHaveLength(1);
  return mail.arrived[0] ?? { greeting: '', from: '', to: [], letter: '' };
};

describe('A registry that is mailed', () => {
  it('is an attachment with a Russian name, the very file that can be downloaded', async () => {
    const order = { kind: 'daily', date: '2026-02-19', to: BANK, smtp: smtp(), plant: 'amount' };
    const { status, body } = await post(order);
    const { bytes, planted } = await registryOf(
      await simulator.client.get('/registry/daily.xlsx?date=2026-02-19&plant=amount'),
    );
    expect(status).toBe(200);
    const name = 'Реестр_2026-02-19.xlsx';
    expect(body).toEqual({ messageId: expect.stringMatching(/^<.+@.+>$/), name, to: BANK, planted });
    expect(only()).toMatchObject({ greeting: 'EHLO', from: 'registry@kaspi.example', to: [BANK] });
    const { file, ...letter } = opened(only());
    expect(letter).toEqual({
      subject: 'Ежедневный реестр по подтвержденным платежам, 2026-02-19',
      from: 'registry@kaspi.example',
      to: BANK,
      date: new Date('2026-02-19T10:00:00Z'),
      messageId: body.messageId,
      name,
    });
    expect(file.equals(Buffer.from(bytes))).toBe(true);
    expect((await readRegistry(file)).rows[0]?.[9]).toBe('1 501,00');
  });

  it('can be that of several days, or of a month, and come from somebody else', async () => {
    const of = async (order: object) => {
      mail.forget();
      expect((await post({ to: BANK, smtp: smtp(), ...order })).status).toBe(200);
      const { name, subject, from, file } = opened(only());
      return { name, subject, from, header: (await readRegistry(file)).header[10] };
    };
    expect(await of({ kind: 'daily', date: '2026-02-19', until: '2026-02-22', from: 'other@kaspi.example' })).toEqual({
      name: 'Реестр_2026-02-19_2026-02-22.xlsx',
      subject: 'Ежедневный реестр по подтвержденным платежам, 2026-02-19 – 2026-02-22',
      from: 'other@kaspi.example',
      header: 'Комиссия за Платежную услугу, тенге',
    });
    expect(await of({ kind: 'monthly', month: '2026-02' })).toMatchObject({
      name: 'Реестр_2026-02.xlsx',
      subject: 'Ежемесячный реестр по подтвержденным платежам, 2026-02',
      header: 'Комиссия за услугу "Сервис", тенге',
    });
  });

  it('goes by LMTP too, as the store of a mailbox takes it', async () => {
    expect((await post({ kind: 'daily', to: BANK, smtp: smtp('lmtp') })).status).toBe(200);
    expect(only()).toMatchObject({ greeting: 'LHLO', to: [BANK] });
    expect(opened(only()).file.subarray(0, 2).toString()).toBe('PK');
  });

  it.each([
    ['the sender', 'smtp', { MAIL: '550 who are you' }, '550 who are you'],
    ['the recipient', 'smtp', { RCPT: '550 no such mailbox' }, '550 no such mailbox'],
    ['the letter', 'smtp', { letter: '552 too large' }, '552 too large'],
    ['the recipient, by LMTP', 'lmtp', { RCPT: '550 no such mailbox' }, '550 no such mailbox'],
    ['the letter, by LMTP', 'lmtp', { letter: '452 the mailbox is full' }, '452 the mailbox is full'],
  ])(
    'is answered with 502 and the reason where the mail server refuses %s',
    async (_what, protocol, refusals, reason) => {
      mail.refusals = refusals;
      const { status, body } = await post({ kind: 'daily', to: BANK, smtp: smtp(protocol) });
      expect(status).toBe(502);
      expect(body.message).toContain(reason);
      expect(mail.arrived).toEqual([]);
    },
  );

  it('is answered with 502 where no mail server listens, and nobody learns its password', async () => {
    const gone = await MailServer.start();
    const { port } = gone;
    await gone.stop();
    const { status, body } = await post({ kind: 'daily', to: BANK, smtp: `smtp://kaspi:hidden@127.0.0.1:${port}` });
    expect(status).toBe(502);
    expect(body.message).toContain('ECONNREFUSED');
    expect(body.message).not.toContain('hidden');
  });

  it('goes where the settings say, where the body does not', async () => {
    const routed = new TestSimulator({ smtpUrl: smtp(), mailTo: 'usual@bank.kz' });
    await routed.start();
    expect((await post({ kind: 'daily' }, routed.running)).body.to).toBe('usual@bank.kz');
    expect((await post({ kind: 'daily', to: BANK }, routed.running)).body.to).toBe(BANK);
    expect(mail.arrived.map(({ to }) => to)).toEqual([['usual@bank.kz'], [BANK]]);
    await routed.end();
  });

  it.each([
    ['{}', 400, 'kind'],
    ['{', 400, 'JSON'],
    [{ kind: 'daily', to: BANK }, 400, 'SIMULATOR_SMTP_URL'],
    [{ kind: 'daily', smtp: 'smtp://127.0.0.1:1' }, 400, 'SIMULATOR_MAIL_TO'],
    [{ kind: 'daily', to: BANK, smtp: 'http://127.0.0.1:1' }, 400, 'smtp'],
    [{ kind: 'daily', to: 'a@b.kz,c@d.kz', smtp: 'smtp://127.0.0.1:1' }, 400, 'to'],
    [{ kind: 'daily', to: 'a@b.kz\r\nBcc: c@d.kz', smtp: 'smtp://127.0.0.1:1' }, 400, 'to'],
    [{ kind: 'daily', month: '2026-02', to: BANK }, 400, 'month'],
    [{ kind: 'monthly', month: 'February', to: BANK }, 400, 'month'],
    [{ kind: 'daily', date: '2026-02-18', plant: 'amount', to: BANK, smtp: 'smtp://127.0.0.1:1' }, 422, 'amount'],
  ])('is refused in words: %j', async (order, status, message) => {
    const body = typeof order === 'string' ? order : JSON.stringify(order);
    const response = await simulator.client.post('/registry/mail', body, {});
    expect(response.status).toBe(status);
    expect(((await response.json()) as { message: string }).message).toContain(message);
  });
});
