import { afterAll, beforeAll } from '@jest/globals';
import { RegistryMailbox } from '@mpp/registries';
import type { SendMailOptions } from 'nodemailer';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { startTestServer, type TestServer } from '../support/mpp.js';
import { registryFile } from '../support/registry-files.js';
import { Dovecot } from './dovecot.js';

export const KASPI = 'registry@kaspi.example';
export const MAX_BYTES = 60_000;
export const ACCEPTED = ['$MppRegistry'];
export const REFUSED = ['$MppRefused'];
const METRICS_TOKEN = 'metrics-for-the-test';
const METRIC = /^mpp_registry_mailbox_last_success_timestamp_seconds (\S+)$/m;

let amount = 0n;
/** A registry with other content than all others. */
export const content = async () =>
  Buffer.from(await registryFile('DAILY', [{ at: new Date('2025-01-14T07:00:00Z'), amount: ++amount }]));

interface Received extends Record<string, unknown> {
  name: string;
  status: string;
  received_from: string | null;
  source: string;
}

/** The settings for reading the mailbox at this URL. */
export const mailboxAt = (url: string) => ({
  REGISTRY_IMAP_URL: url,
  REGISTRY_IMAP_SENDERS: `${KASPI},@pay.kaspi.example`,
});

export async function received(database: TestDatabase): Promise<Received[]> {
  return database.query<Received>(
    'select name, status, received_from, source from registries order by received_at, name',
  );
}

/** A mail server and a server that reads its mailbox, for one spec file: registers the hooks that start and stop them. */
export function mailboxFixture() {
  const fixture = {} as { dovecot: Dovecot; database: TestDatabase; server: TestServer; mailbox: RegistryMailbox };

  beforeAll(async () => {
    fixture.dovecot = await Dovecot.start();
    fixture.database = await createDatabase();
    fixture.server = await startTestServer({
      DATABASE_URL: fixture.database.url,
      KASPI_BASE_URL: 'http://127.0.0.1:9',
      BACKGROUND_WORK: 'off',
      REGISTRY_MAX_BYTES: String(MAX_BYTES),
      METRICS_TOKEN,
      ...mailboxAt(fixture.dovecot.url()),
    });
    fixture.mailbox = fixture.server.app.get(RegistryMailbox, { strict: false });
  });

  afterAll(async () => {
    await fixture.server?.stop();
    await fixture.database?.drop();
    await fixture.dovecot?.stop();
  });

  const send = async (mail: SendMailOptions) => fixture.dovecot.deliver({ from: KASPI, ...mail });
  const flagsOf = async (subject: string) =>
    (await fixture.dovecot.mails()).find((mail) => mail.subject === subject)?.flags ?? null;
  const named = async (name: string) => (await received(fixture.database)).filter((registry) => registry.name === name);
  const alerts = async () =>
    fixture.database.query<{ subject: string; details: object }>(
      "select subject, details from alerts where kind = 'REGISTRY_MAIL_REFUSED' order by id",
    );
  const alertOf = async (messageId: string) =>
    (await alerts()).filter(({ subject }) => subject === messageId).map(({ details }) => details);
  const lastSuccess = async () => {
    const headers = { authorization: `Bearer ${METRICS_TOKEN}` };
    const text = await (await fetch(`${fixture.server.publicUrl}/metrics`, { headers })).text();
    return Number(METRIC.exec(text)?.[1]);
  };

  return { fixture, send, flagsOf, named, alertOf, lastSuccess };
}
