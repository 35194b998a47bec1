import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { RegistryMailbox, RegistryProcessing } from '@mpp/registries';
import { Logger } from '@nestjs/common';
import type { SendMailOptions } from 'nodemailer';
import { certify } from '../support/certificates.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { startTestServer, type TestServer } from '../support/mpp.js';
import { registryFile } from '../support/registry-files.js';
import { ServerProcess } from '../support/server-process.js';
import { until } from '../support/until.js';
import { Dovecot } from './dovecot.js';
import { HoldingProxy } from './holding-proxy.js';

const KASPI = 'registry@kaspi.example';
const MAX_BYTES = 60_000;
const TAKEN = ['$MppRegistry'];
const REFUSED = ['$MppRefused'];
const METRICS_TOKEN = 'metrics-for-the-test';
const METRIC = /^mpp_registry_mailbox_last_success_timestamp_seconds (\S+)$/m;

let amount = 0n;
/** A registry that no other test uses. */
const content = async () =>
  Buffer.from(await registryFile('DAILY', [{ at: new Date('2025-01-14T07:00:00Z'), amount: ++amount }]));

interface Received extends Record<string, unknown> {
  name: string;
  status: string;
  received_from: string | null;
  source: string;
}

/** The settings for reading the mailbox at this URL. */
const mailboxAt = (url: string) => ({ REGISTRY_IMAP_URL: url, REGISTRY_IMAP_SENDERS: `${KASPI},@pay.kaspi.example` });

async function received(database: TestDatabase): Promise<Received[]> {
  return database.query<Received>(
    'select name, status, received_from, source from registries order by received_at, name',
  );
}

describe('the mailbox of registries', () => {
  let dovecot: Dovecot;
  let database: TestDatabase;
  let server: TestServer;
  let mailbox: RegistryMailbox;

  beforeAll(async () => {
    dovecot = await Dovecot.start();
    database = await createDatabase();
    server = await startTestServer({
      DATABASE_URL: database.url,
      KASPI_BASE_URL: 'http://127.0.0.1:9',
      BACKGROUND_WORK: 'off',
      REGISTRY_MAX_BYTES: String(MAX_BYTES),
      METRICS_TOKEN,
      ...mailboxAt(dovecot.url()),
    });
    mailbox = server.app.get(RegistryMailbox, { strict: false });
  });

  afterAll(async () => {
    await server?.stop();
    await database?.drop();
    await dovecot?.stop();
  });

  const send = async (mail: SendMailOptions) => dovecot.deliver({ from: KASPI, ...mail });
  const flagsOf = async (subject: string) =>
    (await dovecot.mails()).find((mail) => mail.subject === subject)?.flags ?? null;
  const named = async (name: string) => (await received(database)).filter((registry) => registry.name === name);
  const alerts = async () =>
    database.query<{ subject: string; details: object }>(
      "select subject, details from alerts where kind = 'REGISTRY_MAIL_REFUSED' order by id",
    );
  const alertOf = async (messageId: string) =>
    (await alerts()).filter(({ subject }) => subject === messageId).map(({ details }) => details);
  const lastSuccess = async () => {
    const headers = { authorization: `Bearer ${METRICS_TOKEN}` };
    const text = await (await fetch(`${server.publicUrl}/metrics`, { headers })).text();
    return Number(METRIC.exec(text)?.[1]);
  };

  it('is read: a registry with a Cyrillic name is taken, and its mail is marked', async () => {
    expect(await lastSuccess()).toBe(0);
    const filename = 'Ежедневный реестр операций участника за 14.01.2025.xlsx';
    await send({ subject: 'daily', attachments: [{ filename, content: await content() }] });
    expect(await mailbox.pollMailbox()).toBe(1);
    await server.app.get(RegistryProcessing, { strict: false }).drainOnce();
    expect(await named(filename)).toMatchObject([{ source: 'MAIL', received_from: KASPI, status: 'RECONCILED' }]);
    expect(await flagsOf('daily')).toEqual(TAKEN);
    expect(await lastSuccess()).toBeGreaterThan(Date.now() / 1000 - 60);
    expect(await mailbox.pollMailbox()).toBe(0);
    expect(await received(database)).toHaveLength(1);
  });

  it.each([
    ['as RFC 2047 has it', (name: string) => `filename="=?UTF-8?B?${Buffer.from(name).toString('base64')}?="`],
    ['as RFC 2231 has it', (name: string) => `filename*=UTF-8''${encodeURIComponent(name)}`],
    [
      'as RFC 2231 has it, in pieces',
      (name: string) => {
        const [first, second] = [name.slice(0, 9), name.slice(9)].map(encodeURIComponent);
        return `filename*0*=UTF-8''${first};\r\n filename*1*=${second}`;
      },
    ],
  ])('understands a Cyrillic name %s', async (how, filename) => {
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
    expect(await mailbox.pollMailbox()).toBe(1);
    expect(await named(name)).toHaveLength(1);
    expect(await flagsOf(how)).toEqual(TAKEN);
  });

  it('gives all registries of a mail, and no file with another extension', async () => {
    const attachments = [
      { filename: 'first.xlsx', content: await content() },
      { filename: 'letter.pdf', content: 'pdf' },
      { filename: 'SECOND.XLSX', content: await content() },
    ];
    await send({ subject: 'two', from: 'Robot <robot@PAY.kaspi.example>', attachments });
    expect(await mailbox.pollMailbox()).toBe(1);
    const names = (await received(database)).map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['first.xlsx', 'SECOND.XLSX']));
    expect(names).not.toContain('letter.pdf');
    expect(await named('first.xlsx')).toMatchObject([{ received_from: 'robot@pay.kaspi.example' }]);
    expect(await flagsOf('two')).toEqual(TAKEN);
  });

  it('recognises the same file in another mail as the same registry', async () => {
    const bytes = await content();
    for (const subject of ['once', 'twice']) {
      await send({ subject, attachments: [{ filename: `${subject}.xlsx`, content: bytes }] });
    }
    expect(await mailbox.pollMailbox()).toBe(2);
    expect([await named('once.xlsx'), await named('twice.xlsx')].map((found) => found.length)).toEqual([1, 0]);
    expect([await flagsOf('once'), await flagsOf('twice')]).toEqual([TAKEN, TAKEN]);
  });

  it('takes nothing from an unknown sender: the mail is marked, with one alert and one log line without the address', async () => {
    const log = jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    const attachments = [{ filename: 'forged.xlsx', content: await content() }];
    const messageId = '<stranger@evil.example>';
    for (const _ of [1, 2]) {
      await send({ from: `"${KASPI}" <Aigul@Evil.example>`, subject: 'stranger', messageId, attachments });
      expect(await mailbox.pollMailbox()).toBe(1);
    }
    const lines = log.mock.calls.map(([line]) => line);
    log.mockRestore();
    expect(lines).toEqual(['a mail from evil.example is refused: SENDER']);
    expect(await alertOf(messageId)).toEqual([{ reason: 'SENDER', senderDomain: 'evil.example' }]);
    expect(await flagsOf('stranger')).toEqual(REFUSED);
    expect(await named('forged.xlsx')).toEqual([]);
    expect(await mailbox.pollMailbox()).toBe(0);
  });

  it('takes nothing from a mail with several senders, even if one of them is allowed', async () => {
    const attachments = [{ filename: 'several.xlsx', content: await content() }];
    const messageId = '<several@kaspi.example>';
    await send({ from: [KASPI, 'x@evil.example'] as never, subject: 'several', messageId, attachments });
    expect(await mailbox.pollMailbox()).toBe(1);
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
    expect(await mailbox.pollMailbox()).toBe(2);
    for (const subject of ['letter', 'forwarded']) {
      expect(await alertOf(`<${subject}@kaspi.example>`)).toEqual([
        { reason: 'NO_ATTACHMENT', senderDomain: 'kaspi.example' },
      ]);
      expect(await flagsOf(subject)).toEqual(REFUSED);
    }
    expect(await named('inner.xlsx')).toEqual([]);
  });

  it('refuses a file that is one byte too large, and takes the other files of the mail', async () => {
    const attachments = [
      { filename: 'by-one-byte.xlsx', content: Buffer.alloc(MAX_BYTES + 1, 1) },
      { filename: 'by-far.xlsx', content: Buffer.alloc(MAX_BYTES * 3, 2) },
      { filename: 'just-so.xlsx', content: Buffer.alloc(MAX_BYTES, 3) },
    ];
    const messageId = '<large@kaspi.example>';
    await send({ subject: 'large', messageId, attachments });
    expect(await mailbox.pollMailbox()).toBe(1);
    expect(await alertOf(messageId)).toEqual([{ reason: 'TOO_LARGE', senderDomain: 'kaspi.example' }]);
    expect(await flagsOf('large')).toEqual(REFUSED);
    const large = ['by-one-byte.xlsx', 'by-far.xlsx', 'just-so.xlsx'];
    expect((await received(database)).map(({ name }) => name).filter((name) => large.includes(name))).toEqual([
      'just-so.xlsx',
    ]);
  });

  it('can be read by two processes at once: each file is one registry, each mail is marked', async () => {
    const subjects = Array.from({ length: 8 }, (_, n) => `both-${n}`);
    for (const subject of subjects) {
      await send({ subject, attachments: [{ filename: `${subject}.xlsx`, content: await content() }] });
    }
    const env = { DATABASE_URL: database.url, KASPI_BASE_URL: 'http://127.0.0.1:9', BACKGROUND_WORK: 'off' };
    const other = await startTestServer({ ...env, ...mailboxAt(dovecot.url()) });
    try {
      await Promise.all([mailbox.pollMailbox(), other.app.get(RegistryMailbox, { strict: false }).pollMailbox()]);
    } finally {
      await other.stop();
    }
    for (const subject of subjects) {
      expect(await named(`${subject}.xlsx`)).toHaveLength(1);
      expect(await flagsOf(subject)).toEqual(TAKEN);
    }
  });

  it('is reported if the password is wrong, without the password', async () => {
    const env = { DATABASE_URL: database.url, KASPI_BASE_URL: 'http://127.0.0.1:9', BACKGROUND_WORK: 'off' };
    const url = dovecot.url().replace(/:[^:]*@127/, ':hunter2@127');
    const other = await startTestServer({ ...env, ...mailboxAt(url) });
    try {
      const failed = other.app.get(RegistryMailbox, { strict: false }).pollMailbox();
      await expect(failed).rejects.toThrow('the server does not take the user and password');
      await expect(failed).rejects.not.toThrow('hunter2');
    } finally {
      await other.stop();
    }
  });

  it('does not receive the password in production without TLS', async () => {
    const env = { DATABASE_URL: database.url, KASPI_BASE_URL: 'http://127.0.0.1:9', BACKGROUND_WORK: 'off' };
    const issuer = { AUTH_JWKS_URI: 'http://127.0.0.1:9/jwks', AUTH_ISSUER: 'bank', AUTH_AUDIENCE: 'mpp' };
    const url = dovecot.url();
    const other = await startTestServer({ ...env, ...issuer, NODE_ENV: 'production', ...mailboxAt(url) });
    try {
      await expect(other.app.get(RegistryMailbox, { strict: false }).pollMailbox()).rejects.toThrow(/STARTTLS/);
    } finally {
      await other.stop();
    }
  });

  describe('while the mail server goes and comes', () => {
    let process: ServerProcess | null = null;
    afterEach(async () => {
      await process?.kill();
      await dovecot.close();
      await dovecot.open();
    });

    it('is read again, with one log line for the failure and one for the recovery', async () => {
      await dovecot.close();
      const env = { DATABASE_URL: database.url, KASPI_BASE_URL: 'http://127.0.0.1:9', REGISTRY_IMAP_POLL_MS: '100' };
      process = await ServerProcess.start({ ...env, ...mailboxAt(dovecot.url()) });
      const { lines } = process;
      const saying = (text: string) => lines.filter((line) => line.includes(text));
      await until(
        'the failure',
        () => saying('the mailbox of registries cannot be read'),
        (found) => found.length > 0,
      );
      await dovecot.open();
      await send({ subject: 'after', attachments: [{ filename: 'after.xlsx', content: await content() }] });
      await until(
        'the registry',
        () => named('after.xlsx'),
        (found) => found.length === 1,
      );
      await until(
        'the mark on the mail',
        () => flagsOf('after'),
        (flags) => flags?.[0] === TAKEN[0],
      );
      expect(saying('the mailbox of registries cannot be read')).toHaveLength(1);
      expect(saying('the mailbox of registries is read again')).toHaveLength(1);
      await process.stop();
    });
  });

  describe('after a server was killed', () => {
    it.each([
      ['before it had asked for the file', 'asking', / UID FETCH .*BODY\.PEEK\[2\]/],
      ['between keeping the file and marking the mail', 'marking', / UID STORE /],
    ])('%s: the registry is there once, and the mail is marked', async (_, subject, command) => {
      const proxy = await HoldingProxy.start(dovecot.imapPort);
      const env = { DATABASE_URL: database.url, KASPI_BASE_URL: 'http://127.0.0.1:9', REGISTRY_IMAP_POLL_MS: '100' };
      const held = proxy.holdAt(command);
      const first = await ServerProcess.start({ ...env, ...mailboxAt(dovecot.url(proxy.port)) });
      let second: ServerProcess | null = null;
      try {
        await send({ subject, attachments: [{ filename: `${subject}.xlsx`, content: await content() }] });
        await held;
        expect(await named(`${subject}.xlsx`)).toHaveLength(subject === 'marking' ? 1 : 0);
        expect(await flagsOf(subject)).toEqual([]);
        await first.kill();
        second = await ServerProcess.start({ ...env, ...mailboxAt(dovecot.url()) });
        await until(
          'the mark on the mail',
          () => flagsOf(subject),
          (flags) => flags?.[0] === TAKEN[0],
        );
        expect(await named(`${subject}.xlsx`)).toHaveLength(1);
      } finally {
        await first.kill();
        await second?.kill();
        await proxy.close();
      }
    });
  });

  it('does not delay the stop of a server that waits for an answer', async () => {
    const proxy = await HoldingProxy.start(dovecot.imapPort);
    const held = proxy.holdAt(/ UID SEARCH /);
    const env = { DATABASE_URL: database.url, KASPI_BASE_URL: 'http://127.0.0.1:9', REGISTRY_IMAP_POLL_MS: '100' };
    const waiting = await ServerProcess.start({ ...env, ...mailboxAt(dovecot.url(proxy.port)) });
    try {
      await held;
      const began = performance.now();
      await waiting.stop();
      // The timeout of a silent mail server is 30 s; the stop does not wait for it.
      expect(performance.now() - began).toBeLessThan(15_000);
      expect(waiting.lines.filter((line) => line.includes('cannot be read'))).toEqual([]);
    } finally {
      await waiting.kill();
      await proxy.close();
    }
  });
});

describe('a mailbox on a server without keywords', () => {
  let dovecot: Dovecot;
  let database: TestDatabase;
  let server: TestServer;

  beforeAll(async () => {
    dovecot = await Dovecot.start({ keepsKeywords: false });
    database = await createDatabase();
    const addresses = { DATABASE_URL: database.url, KASPI_BASE_URL: 'http://127.0.0.1:9', BACKGROUND_WORK: 'off' };
    server = await startTestServer({ ...addresses, ...mailboxAt(dovecot.url()) });
  });

  afterAll(async () => {
    await server?.stop();
    await database?.drop();
    await dovecot?.stop();
  });

  it('marks its mails as read, and is searched for unread mails only', async () => {
    const mailbox = server.app.get(RegistryMailbox, { strict: false });
    const attachments = [{ filename: 'seen.xlsx', content: await content() }];
    await dovecot.deliver({ from: KASPI, subject: 'taken', attachments });
    await dovecot.deliver({ from: 'x@evil.example', subject: 'refused', attachments });
    expect(await mailbox.pollMailbox()).toBe(2);
    expect(await dovecot.mails()).toEqual([
      { subject: 'taken', flags: ['\\Seen'] },
      { subject: 'refused', flags: ['\\Seen'] },
    ]);
    expect(await received(database)).toMatchObject([{ name: 'seen.xlsx', received_from: KASPI }]);
    expect(await mailbox.pollMailbox()).toBe(0);
  });
});

describe('a mailbox behind TLS', () => {
  const certified = certify('mail.bank.example', null, 'server');
  let dovecot: Dovecot;
  let database: TestDatabase;
  let folder: string;

  beforeAll(async () => {
    dovecot = await Dovecot.start({ tls: certified });
    database = await createDatabase();
    folder = await mkdtemp(join(tmpdir(), 'mpp-tls-'));
    await writeFile(join(folder, 'ca.pem'), certified.cert);
  });

  afterAll(async () => {
    await dovecot?.stop();
    await database?.drop();
    if (folder !== undefined) await rm(folder, { recursive: true });
  });

  async function poll(env: Record<string, string>): Promise<number> {
    const addresses = { DATABASE_URL: database.url, KASPI_BASE_URL: 'http://127.0.0.1:9', BACKGROUND_WORK: 'off' };
    const server = await startTestServer({ ...addresses, ...mailboxAt(dovecot.url()), ...env });
    try {
      return await server.app.get(RegistryMailbox, { strict: false }).pollMailbox();
    } finally {
      await server.stop();
    }
  }

  it('is read only if the certificate is signed by the authority of the setting', async () => {
    await dovecot.deliver({
      from: KASPI,
      subject: 'tls',
      attachments: [{ filename: 'tls.xlsx', content: await content() }],
    });
    await expect(poll({})).rejects.toThrow(/certificate/);
    expect(await received(database)).toEqual([]);
    expect(await poll({ REGISTRY_IMAP_TLS_CA: join(folder, 'ca.pem') })).toBe(1);
    expect(await received(database)).toMatchObject([{ name: 'tls.xlsx', source: 'MAIL' }]);
  });

  it('with an unreadable authority stops the start with the setting’s name', async () => {
    await expect(poll({ REGISTRY_IMAP_TLS_CA: join(folder, 'nowhere.pem') })).rejects.toThrow(
      /^REGISTRY_IMAP_TLS_CA: cannot be used: ENOENT/,
    );
  });
});
