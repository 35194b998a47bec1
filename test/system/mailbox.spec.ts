import { describe, expect, it, jest } from '@jest/globals';
import { RegistryProcessing } from '@mpp/registries';
import { Logger } from '@nestjs/common';
import { ACCEPTED, content, KASPI, MAX_BYTES, mailboxFixture, REFUSED, received } from './mailbox-fixture.js';

describe('the mailbox of registries', () => {
  const { fixture, send, flagsOf, named, alertOf, lastSuccess } = mailboxFixture();

  it('is read: a registry with a Cyrillic name is received, and its mail is marked', async () => {
    expect(await lastSuccess()).toBe(0);
    const filename = 'Ежедневный реестр операций участника за 14.01.2025.xlsx';
    await send({ subject: 'daily', attachments: [{ filename, content: await content() }] });
    expect(await fixture.mailbox.pollMailbox()).toBe(1);
    await fixture.server.app.get(RegistryProcessing, { strict: false }).drainOnce();
    expect(await named(filename)).toMatchObject([{ source: 'MAIL', received_from: KASPI, status: 'RECONCILED' }]);
    expect(await flagsOf('daily')).toEqual(ACCEPTED);
    expect(await lastSuccess()).toBeGreaterThan(Date.now() / 1000 - 60);
    expect(await fixture.mailbox.pollMailbox()).toBe(0);
    expect(await received(fixture.database)).toHaveLength(1);
  });

  it.each([
    ['in RFC 2047 form', (name: string) => `filename="=?UTF-8?B?${Buffer.from(name).toString('base64')}?="`],
    ['in RFC 2231 form', (name: string) => `filename*=UTF-8''${encodeURIComponent(name)}`],
    [
      'in RFC 2231 form, in pieces',
      (name: string) => {
        const [first, second] = [name.slice(0, 9), name.slice(9)].map(encodeURIComponent);
        return `filename*0*=UTF-8''${first};\r\n filename*1*=${second}`;
      },
    ],
  ])('reads a Cyrillic name %s', async (how, filename) => {
    const name = `Реестр ${how}.xlsx`;
    const base64 = (await content()).toString('base64').replace(/.{76}/g, '$&\r\n');
    const raw = [
      `From: =?UTF-8?B?0JrQsNGB0L/QuA==?= <${KASPI}>`,
      `Subject: ${how}`,
      'MIME-Version: 1.0',
      'Content-Type: multipart/mixed; boundary=b',
      '',
      '--b',
      'Content-Type: application/octet-stream',
      `Content-Disposition: attachment; ${filename(name)}`,
      'Content-Transfer-Encoding: base64',
      '',
      base64,
      '--b--',
      '',
    ].join('\r\n');
    await send({ raw });
    expect(await fixture.mailbox.pollMailbox()).toBe(1);
    expect(await named(name)).toHaveLength(1);
    expect(await flagsOf(how)).toEqual(ACCEPTED);
  });

  it('delivers all registries of a mail, and no file with another extension', async () => {
    const attachments = [
      { filename: 'first.xlsx', content: await content() },
      { filename: 'letter.pdf', content: 'pdf' },
      { filename: 'SECOND.XLSX', content: await content() },
    ];
    await send({ subject: 'two', from: 'Robot <robot@PAY.kaspi.example>', attachments });
    expect(await fixture.mailbox.pollMailbox()).toBe(1);
    const names = (await received(fixture.database)).map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['first.xlsx', 'SECOND.XLSX']));
    expect(names).not.toContain('letter.pdf');
    expect(await named('first.xlsx')).toMatchObject([{ received_from: 'robot@pay.kaspi.example' }]);
    expect(await flagsOf('two')).toEqual(ACCEPTED);
  });

  it('recognises the same file in another mail as the same registry', async () => {
    const bytes = await content();
    for (const subject of ['once', 'twice']) {
      await send({ subject, attachments: [{ filename: `${subject}.xlsx`, content: bytes }] });
    }
    expect(await fixture.mailbox.pollMailbox()).toBe(2);
    expect([await named('once.xlsx'), await named('twice.xlsx')].map((found) => found.length)).toEqual([1, 0]);
    expect([await flagsOf('once'), await flagsOf('twice')]).toEqual([ACCEPTED, ACCEPTED]);
  });

  it('receives nothing from an unknown sender: the mail is marked, with one alert and one log line without the address', async () => {
    const log = jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    const attachments = [{ filename: 'forged.xlsx', content: await content() }];
    const messageId = '<unknown@evil.example>';
    for (const _ of [1, 2]) {
      await send({ from: `"${KASPI}" <Aigul@Evil.example>`, subject: 'unknown', messageId, attachments });
      expect(await fixture.mailbox.pollMailbox()).toBe(1);
    }
    const lines = log.mock.calls.map(([line]) => line);
    log.mockRestore();
    expect(lines).toEqual(['a mail from evil.example is refused: SENDER']);
    expect(await alertOf(messageId)).toEqual([{ reason: 'SENDER', senderDomain: 'evil.example' }]);
    expect(await flagsOf('unknown')).toEqual(REFUSED);
    expect(await named('forged.xlsx')).toEqual([]);
    expect(await fixture.mailbox.pollMailbox()).toBe(0);
  });

  it('receives nothing from a mail with several senders, even if one of them is allowed', async () => {
    const attachments = [{ filename: 'several.xlsx', content: await content() }];
    const messageId = '<several@kaspi.example>';
    await send({ from: [KASPI, 'x@evil.example'] as never, subject: 'several', messageId, attachments });
    expect(await fixture.mailbox.pollMailbox()).toBe(1);
    expect(await alertOf(messageId)).toEqual([{ reason: 'SENDER', senderDomain: null }]);
    expect(await named('several.xlsx')).toEqual([]);
  });

  it('refuses a mail without a registry, also one with a forwarded mail that has a registry', async () => {
    await send({ subject: 'letter', messageId: '<letter@kaspi.example>' });
    const inner = [
      `From: ${KASPI}`,
      'Content-Type: application/octet-stream; name=inner.xlsx',
      'Content-Transfer-Encoding: base64',
      '',
      (await content()).toString('base64'),
    ].join('\r\n');
    const attachments = [{ contentType: 'message/rfc822', filename: 'forwarded.eml', content: inner }];
    await send({ subject: 'forwarded', messageId: '<forwarded@kaspi.example>', attachments });
    expect(await fixture.mailbox.pollMailbox()).toBe(2);
    for (const subject of ['letter', 'forwarded']) {
      expect(await alertOf(`<${subject}@kaspi.example>`)).toEqual([
        { reason: 'NO_ATTACHMENT', senderDomain: 'kaspi.example' },
      ]);
      expect(await flagsOf(subject)).toEqual(REFUSED);
    }
    expect(await named('inner.xlsx')).toEqual([]);
  });

  it('refuses a file that is one byte too large, and receives the other files of the mail', async () => {
    const attachments = [
      { filename: 'by-one-byte.xlsx', content: Buffer.alloc(MAX_BYTES + 1, 1) },
      { filename: 'by-far.xlsx', content: Buffer.alloc(MAX_BYTES * 3, 2) },
      { filename: 'just-so.xlsx', content: Buffer.alloc(MAX_BYTES, 3) },
    ];
    const messageId = '<large@kaspi.example>';
    await send({ subject: 'large', messageId, attachments });
    expect(await fixture.mailbox.pollMailbox()).toBe(1);
    expect(await alertOf(messageId)).toEqual([{ reason: 'TOO_LARGE', senderDomain: 'kaspi.example' }]);
    expect(await flagsOf('large')).toEqual(REFUSED);
    const large = ['by-one-byte.xlsx', 'by-far.xlsx', 'just-so.xlsx'];
    expect((await received(fixture.database)).map(({ name }) => name).filter((name) => large.includes(name))).toEqual([
      'just-so.xlsx',
    ]);
  });
});
