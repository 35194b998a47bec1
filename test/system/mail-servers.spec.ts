import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RegistryMailbox } from '@mpp/registries';
import { certify } from '../support/certificates.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { startTestServer, type TestServer } from '../support/mpp.js';
import { Dovecot } from './dovecot.js';
import { content, KASPI, mailboxAt, received } from './mailbox-fixture.js';

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
    await dovecot.deliver({ from: KASPI, subject: 'accepted', attachments });
    await dovecot.deliver({ from: 'x@evil.example', subject: 'refused', attachments });
    expect(await mailbox.pollMailbox()).toBe(2);
    expect(await dovecot.mails()).toEqual([
      { subject: 'accepted', flags: ['\\Seen'] },
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
    await expect(poll({ REGISTRY_IMAP_TLS_CA: join(folder, 'missing.pem') })).rejects.toThrow(
      /^REGISTRY_IMAP_TLS_CA: cannot be used: ENOENT/,
    );
  });
});
