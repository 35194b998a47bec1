import { afterEach, describe, expect, it } from '@jest/globals';
import { RegistryMailbox } from '@mpp/registries';
import { configuredUrl } from '../support/configured-database.js';
import { startTestServer } from '../support/mpp.js';
import { ServerProcess } from '../support/server-process.js';
import { until } from '../support/until.js';
import { HoldingProxy } from './holding-proxy.js';
import { ACCEPTED, content, mailboxAt, mailboxFixture } from './mailbox-fixture.js';

describe('the mailbox of registries, with several readers and failures,', () => {
  const { fixture, send, flagsOf, named } = mailboxFixture();

  it('can be read by two processes at once: each file is one registry, each mail is marked', async () => {
    const subjects = Array.from({ length: 8 }, (_, n) => `both-${n}`);
    for (const subject of subjects) {
      await send({ subject, attachments: [{ filename: `${subject}.xlsx`, content: await content() }] });
    }
    const env = { DATABASE_URL: fixture.database.url, KASPI_BASE_URL: 'http://127.0.0.1:9', BACKGROUND_WORK: 'off' };
    const other = await startTestServer({ ...env, ...mailboxAt(fixture.dovecot.url()) });
    try {
      await Promise.all([
        fixture.mailbox.pollMailbox(),
        other.app.get(RegistryMailbox, { strict: false }).pollMailbox(),
      ]);
    } finally {
      await other.stop();
    }
    for (const subject of subjects) {
      expect(await named(`${subject}.xlsx`)).toHaveLength(1);
      expect(await flagsOf(subject)).toEqual(ACCEPTED);
    }
  });

  it('is reported if the password is wrong, without the password', async () => {
    const env = { DATABASE_URL: fixture.database.url, KASPI_BASE_URL: 'http://127.0.0.1:9', BACKGROUND_WORK: 'off' };
    const url = fixture.dovecot.url().replace(/:[^:]*@127/, ':hunter2@127');
    const other = await startTestServer({ ...env, ...mailboxAt(url) });
    try {
      const failed = other.app.get(RegistryMailbox, { strict: false }).pollMailbox();
      await expect(failed).rejects.toThrow('the server refuses the user and password');
      await expect(failed).rejects.not.toThrow('hunter2');
    } finally {
      await other.stop();
    }
  });

  it('does not receive the password in production without TLS', async () => {
    const durable = await configuredUrl(fixture.database, { fsync: 'on', full_page_writes: 'on' });
    const env = { DATABASE_URL: durable, KASPI_BASE_URL: 'http://127.0.0.1:9', BACKGROUND_WORK: 'off' };
    const issuer = { AUTH_JWKS_URI: 'http://127.0.0.1:9/jwks', AUTH_ISSUER: 'bank', AUTH_AUDIENCE: 'mpp' };
    const url = fixture.dovecot.url();
    const other = await startTestServer({ ...env, ...issuer, NODE_ENV: 'production', ...mailboxAt(url) });
    try {
      await expect(other.app.get(RegistryMailbox, { strict: false }).pollMailbox()).rejects.toThrow(/STARTTLS/);
    } finally {
      await other.stop();
    }
  });

  describe('while the mail server is down and up again', () => {
    let reader: ServerProcess | null = null;
    afterEach(async () => {
      await reader?.kill();
      await fixture.dovecot.close();
      await fixture.dovecot.open();
    });

    it('is read again, with one log line for the failure and one for the recovery', async () => {
      await fixture.dovecot.close();
      const env = {
        DATABASE_URL: fixture.database.url,
        KASPI_BASE_URL: 'http://127.0.0.1:9',
        REGISTRY_IMAP_POLL_MS: '100',
      };
      reader = await ServerProcess.start({ ...env, ...mailboxAt(fixture.dovecot.url()) });
      const { lines } = reader;
      const linesWith = (text: string) => lines.filter((line) => line.includes(text));
      await until(
        'the failure',
        () => linesWith('the mailbox of registries cannot be read'),
        (found) => found.length > 0,
      );
      await fixture.dovecot.open();
      await send({ subject: 'after', attachments: [{ filename: 'after.xlsx', content: await content() }] });
      await until(
        'the registry',
        () => named('after.xlsx'),
        (found) => found.length === 1,
      );
      await until(
        'the mark on the mail',
        () => flagsOf('after'),
        (flags) => flags?.[0] === ACCEPTED[0],
      );
      expect(linesWith('the mailbox of registries cannot be read')).toHaveLength(1);
      expect(linesWith('the mailbox of registries is read again')).toHaveLength(1);
      await reader.stop();
    });
  });

  describe('after a server was killed', () => {
    it.each([
      ['before it requested the file', 'requesting', / UID FETCH .*BODY\.PEEK\[2\]/],
      ['after it stored the file and before it marked the mail', 'marking', / UID STORE /],
    ])('%s: the registry is stored once, and the mail is marked', async (_, subject, command) => {
      const proxy = await HoldingProxy.start(fixture.dovecot.imapPort);
      const env = {
        DATABASE_URL: fixture.database.url,
        KASPI_BASE_URL: 'http://127.0.0.1:9',
        REGISTRY_IMAP_POLL_MS: '100',
      };
      const held = proxy.holdAt(command);
      const first = await ServerProcess.start({ ...env, ...mailboxAt(fixture.dovecot.url(proxy.port)) });
      let second: ServerProcess | null = null;
      try {
        await send({ subject, attachments: [{ filename: `${subject}.xlsx`, content: await content() }] });
        await held;
        expect(await named(`${subject}.xlsx`)).toHaveLength(subject === 'marking' ? 1 : 0);
        expect(await flagsOf(subject)).toEqual([]);
        await first.kill();
        second = await ServerProcess.start({ ...env, ...mailboxAt(fixture.dovecot.url()) });
        await until(
          'the mark on the mail',
          () => flagsOf(subject),
          (flags) => flags?.[0] === ACCEPTED[0],
        );
        expect(await named(`${subject}.xlsx`)).toHaveLength(1);
      } finally {
        await first.kill();
        await second?.kill();
        await proxy.close();
      }
    });
  });

  it('is read behind a mail that breaks the connection, which is alerted and read once it can be', async () => {
    const proxy = await HoldingProxy.start(fixture.dovecot.imapPort);
    proxy.breakAt(/ UID FETCH (\d+) .*BODY\.PEEK\[2\]/);
    const env = {
      ...{ DATABASE_URL: fixture.database.url, KASPI_BASE_URL: 'http://127.0.0.1:9', REGISTRY_IMAP_POLL_MS: '100' },
      ...mailboxAt(fixture.dovecot.url(proxy.port)),
    };
    for (const subject of ['breaking', 'behind'])
      await send({ subject, attachments: [{ filename: `${subject}.xlsx`, content: await content() }] });
    const reader = await ServerProcess.start(env);
    try {
      const marked = (subject: string) =>
        until(
          `the mark on ${subject}`,
          () => flagsOf(subject),
          (flags) => flags?.[0] === ACCEPTED[0],
        );
      await marked('behind');
      const alerts = () =>
        fixture.database.query(
          `select subject from alerts where kind = 'REGISTRY_MAIL_REFUSED' and subject like 'uid %'`,
        );
      expect(await until('an alert', alerts, ({ length }) => length > 0)).toHaveLength(1);
      expect([await named('behind.xlsx'), await named('breaking.xlsx')].map(({ length }) => length)).toEqual([1, 0]);
      proxy.breakAt(null);
      await marked('breaking');
      expect(await named('breaking.xlsx')).toHaveLength(1);
      expect(await alerts()).toHaveLength(1);
    } finally {
      await reader.kill();
      await proxy.close();
    }
  });

  it('does not delay the stop of a server that waits for the mail server', async () => {
    const proxy = await HoldingProxy.start(fixture.dovecot.imapPort);
    const held = proxy.holdAt(/ UID SEARCH /);
    const env = {
      DATABASE_URL: fixture.database.url,
      KASPI_BASE_URL: 'http://127.0.0.1:9',
      REGISTRY_IMAP_POLL_MS: '100',
    };
    const waiting = await ServerProcess.start({ ...env, ...mailboxAt(fixture.dovecot.url(proxy.port)) });
    try {
      await held;
      const started = performance.now();
      await waiting.stop();
      // The timeout of a silent mail server is 30 s; the stop does not wait for it.
      expect(performance.now() - started).toBeLessThan(15_000);
      expect(waiting.lines.filter((line) => line.includes('cannot be read'))).toEqual([]);
    } finally {
      await waiting.kill();
      await proxy.close();
    }
  });
});
