import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { MailServer, type ReceivedMail } from '../testing/mail-server.js';
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
afterEach(() => mail.reset());

const smtp = (protocol = 'smtp') => `${protocol}://127.0.0.1:${mail.port}`;
const post = async (order: unknown, { url } = simulator.running) => {
  const response = await fetch(`${url}/registry/mail`, { method: 'POST', body: JSON.stringify(order) });
  return { status: response.status, body: JSON.parse(await response.text()) };
};

/** The decoded mail: headers by RFC 2047 and 2231, and the attachment as bytes. */
function decodeMail({ text: mailText }: ReceivedMail) {
  const unfolded = mailText.replace(/\r\n[ \t]+/g, ' ');
  const header = (name: string) => new RegExp(`^${name}: (.*)$`, 'im').exec(unfolded)?.[1] ?? '';
  const [, disposition = ''] = /^Content-Disposition: (attachment;.*)$/im.exec(unfolded) ?? [];
  const [, head = '', after = ''] =
    /(.*?)\r\n\r\n(.*)/s.exec(mailText.slice(mailText.indexOf('spreadsheetml.sheet'))) ?? [];
  expect(head).toContain('Content-Transfer-Encoding: base64');
  const name = [...disposition.matchAll(/filename\*(?:\d+\*?)?=(?:utf-8'')?"?([^;\s"]+)/gi)].map(([, part]) => part);
  return {
    subject: header('Subject').replace(/=\?UTF-8\?([BQ])\?(.*?)\?=\s*/gi, (_, encoding, text) =>
      decodeWord(encoding, text),
    ),
    from: header('From'),
    to: header('To'),
    date: new Date(header('Date')),
    messageId: header('Message-ID'),
    name: decodeURIComponent(name.join('')),
    file: Buffer.from(after.split('--')[0] ?? '', 'base64'),
  };
}

function decodeWord(encoding: string, text: string): string {
  if (encoding.toUpperCase() === 'B') return Buffer.from(text, 'base64').toString();
  return decodeURIComponent(text.replaceAll('_', ' ').replaceAll('%', '%25').replaceAll('=', '%'));
}

const onlyMail = () => {
  expect(mail.received).toHaveLength(1);
  return mail.received[0] ?? { greeting: '', from: '', to: [], text: '' };
};

describe('A mailed registry', () => {
  it('is an attachment with a Russian name and the same bytes as the download', async () => {
    const order = { kind: 'daily', date: '2026-02-19', to: BANK, smtp: smtp(), plant: 'amount' };
    const { status, body } = await post(order);
    const { bytes, planted } = await registryOf(
      await simulator.client.get('/registry/daily.xlsx?date=2026-02-19&plant=amount'),
    );
    expect(status).toBe(200);
    const name = 'Реестр_2026-02-19.xlsx';
    expect(body).toEqual({ messageId: expect.stringMatching(/^<.+@.+>$/), name, to: BANK, planted });
    expect(onlyMail()).toMatchObject({ greeting: 'EHLO', from: 'registry@kaspi.example', to: [BANK] });
    const { file, ...headers } = decodeMail(onlyMail());
    expect(headers).toEqual({
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

  it('can cover several days or a month, and have another sender', async () => {
    const mailRegistry = async (order: object) => {
      mail.reset();
      expect((await post({ to: BANK, smtp: smtp(), ...order })).status).toBe(200);
      const { name, subject, from, file } = decodeMail(onlyMail());
      return { name, subject, from, header: (await readRegistry(file)).header[10] };
    };
    expect(
      await mailRegistry({ kind: 'daily', date: '2026-02-19', until: '2026-02-22', from: 'other@kaspi.example' }),
    ).toEqual({
      name: 'Реестр_2026-02-19_2026-02-22.xlsx',
      subject: 'Ежедневный реестр по подтвержденным платежам, 2026-02-19 – 2026-02-22',
      from: 'other@kaspi.example',
      header: 'Комиссия за Платежную услугу, тенге',
    });
    expect(await mailRegistry({ kind: 'monthly', month: '2026-02' })).toMatchObject({
      name: 'Реестр_2026-02.xlsx',
      subject: 'Ежемесячный реестр по подтвержденным платежам, 2026-02',
      header: 'Комиссия за услугу "Сервис", тенге',
    });
  });

  it('can be delivered by LMTP', async () => {
    expect((await post({ kind: 'daily', to: BANK, smtp: smtp('lmtp') })).status).toBe(200);
    expect(onlyMail()).toMatchObject({ greeting: 'LHLO', to: [BANK] });
    expect(decodeMail(onlyMail()).file.subarray(0, 2).toString()).toBe('PK');
  });

  it.each([
    ['the sender', 'smtp', { MAIL: '550 who are you' }, '550 who are you'],
    ['the recipient', 'smtp', { RCPT: '550 no such mailbox' }, '550 no such mailbox'],
    ['the mail', 'smtp', { text: '552 too large' }, '552 too large'],
    ['the recipient, by LMTP', 'lmtp', { RCPT: '550 no such mailbox' }, '550 no such mailbox'],
    ['the mail, by LMTP', 'lmtp', { text: '452 the mailbox is full' }, '452 the mailbox is full'],
  ])('is answered with 502 and the reason if the mail server refuses %s', async (_what, protocol, refusals, reason) => {
    mail.refusals = refusals;
    const { status, body } = await post({ kind: 'daily', to: BANK, smtp: smtp(protocol) });
    expect(status).toBe(502);
    expect(body.message).toContain(reason);
    expect(mail.received).toEqual([]);
  });

  it('is answered with 502 without the password if no mail server listens', async () => {
    const stopped = await MailServer.start();
    const { port } = stopped;
    await stopped.stop();
    const { status, body } = await post({ kind: 'daily', to: BANK, smtp: `smtp://kaspi:hidden@127.0.0.1:${port}` });
    expect(status).toBe(502);
    expect(body.message).toContain('ECONNREFUSED');
    expect(body.message).not.toContain('hidden');
  });

  it('goes to the server and recipient of the settings if the body names none', async () => {
    const routed = new TestSimulator({ smtpUrl: smtp(), mailTo: 'usual@bank.kz' });
    await routed.start();
    expect((await post({ kind: 'daily' }, routed.running)).body.to).toBe('usual@bank.kz');
    expect((await post({ kind: 'daily', to: BANK }, routed.running)).body.to).toBe(BANK);
    expect(mail.received.map(({ to }) => to)).toEqual([['usual@bank.kz'], [BANK]]);
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
  ])('with an invalid order is refused with the reason: %j', async (order, status, message) => {
    const body = typeof order === 'string' ? order : JSON.stringify(order);
    const response = await simulator.client.post('/registry/mail', body, {});
    expect(response.status).toBe(status);
    expect(((await response.json()) as { message: string }).message).toContain(message);
  });
});
