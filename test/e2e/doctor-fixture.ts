import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll } from '@jest/globals';
import { migrate } from '../../apps/mpp-server/migration.js';
import { type Certified, certify } from '../support/certificates.js';
import { configuredUrl } from '../support/configured-database.js';
import { CorePeer } from '../support/core-peer.js';
import type { TestDatabase } from '../support/database.js';
import { TestGateway } from '../support/gateway.js';
import { ImapPeer } from '../support/imap-peer.js';
import { issuerKey, JwksServer } from '../support/jwks-server.js';
import { KaspiPeer } from '../support/kaspi-peer.js';
import { PROGRAM_ENV } from '../support/program-env.js';
import { createTwoRoles, type TwoRoles } from '../support/two-roles.js';

const PROGRAM = join(import.meta.dirname, '../../dist/apps/mpp-server/doctor.js');
export const DURABLE = { fsync: 'on', full_page_writes: 'on' };
const YEAR = 365;
/** Of everything that must not be printed. */
export const SECRET = 'hunter2hunter2';

export interface Report {
  readonly code: number;
  /** Without the summary. */
  readonly lines: readonly string[];
  readonly summary: string;
  /** What begins so. */
  with(verdict: 'ok  ' | 'note' | 'skip' | 'FAIL'): string[];
}

/** `npm run doctor` with these variables and no others. */
async function run(env: Record<string, string>): Promise<Report> {
  const child = { env: { ...PROGRAM_ENV, ...env } };
  const { code, stdout, stderr } = await promisify(execFile)(process.execPath, [PROGRAM], child).then(
    (output) => ({ ...output, code: 0 }),
    (error: { stdout: string; stderr: string; code: number }) => error,
  );
  const lines = `${stdout}${stderr}`.trimEnd().split('\n');
  const summary = lines.pop() ?? '';
  return { code, lines, summary, with: (verdict) => lines.filter((line) => line.startsWith(`${verdict}  `)) };
}

/** A bank's installation in production with everything that can be configured, for one spec file: registers the hooks that start and stop it. */
export function doctorFixture() {
  const fixture = {} as {
    two: TwoRoles;
    authority: Certified;
    kaspi: KaspiPeer;
    core: CorePeer;
    gateway: TestGateway;
    issuer: JwksServer;
    mail: ImapPeer;
    folder: string;
    /** The settings with which all is well. */
    good: Record<string, string>;
  };

  beforeAll(async () => {
    fixture.authority = certify('authority', null, 'authority', YEAR);
    const ours = certify('127.0.0.1', fixture.authority, 'server', YEAR);
    fixture.folder = await mkdtemp(join(tmpdir(), 'mpp-doctor-'));
    fixture.issuer = new JwksServer();
    fixture.gateway = new TestGateway();
    [fixture.two, fixture.kaspi, fixture.core, fixture.mail, fixture.issuer.keys] = await Promise.all([
      createTwoRoles(),
      KaspiPeer.start(() => ({ status: 404, json: {} }), ours),
      CorePeer.start(),
      ImapPeer.start(ours, SECRET),
      Promise.all([issuerKey('RS256', 'rsa-1'), issuerKey('EdDSA', 'ed-1')]),
      fixture.issuer.open(),
      mkdir(join(fixture.folder, 'inbox')),
      writeFile(join(fixture.folder, 'authority.pem'), fixture.authority.cert),
    ]);
    const { two, kaspi, core, mail, issuer, folder, authority } = fixture;
    await migrate({ DATABASE_URL: two.serverUrl, DATABASE_MIGRATION_URL: two.ownerUrl });
    fixture.good = {
      NODE_ENV: 'production',
      NODE_EXTRA_CA_CERTS: join(folder, 'authority.pem'),
      TMPDIR: folder,
      PORT: '0',
      KASPI_LISTEN_PORT: '0',
      KASPI_TLS_CERT: ours.cert,
      KASPI_TLS_KEY: ours.key,
      KASPI_TLS_CA: authority.cert,
      DATABASE_URL: await databaseWith(DURABLE),
      DATABASE_MIGRATION_URL: two.ownerUrl,
      KASPI_BASE_URL: kaspi.url,
      CORE_BANKING_URL: core.url,
      CORE_BANKING_TOKEN: SECRET,
      NOTIFICATION_URL: `${await fixture.gateway.listen()}/hook?token=${SECRET}`,
      NOTIFICATION_SECRET: `whsec_${Buffer.from(SECRET.repeat(2)).toString('base64')}`,
      REGISTRY_IMAP_URL: mail.url(),
      REGISTRY_IMAP_SENDERS: '@kaspi.example',
      REGISTRY_IMAP_TLS_CA: authority.cert,
      REGISTRY_INBOX_DIR: join(folder, 'inbox'),
      AUTH_JWKS_URI: issuer.url,
      AUTH_ISSUER: 'https://id.bank.kz',
      AUTH_AUDIENCE: 'mpp',
    };
  });

  afterAll(async () => {
    const { kaspi, core, gateway, issuer, mail, two, folder } = fixture;
    await Promise.all([kaspi.close(), core.close(), gateway.close(), issuer.close(), mail.close(), two.drop()]);
    await rm(folder, { recursive: true });
  });

  /** The URL of the server's role, to which PostgreSQL seems to be configured so. */
  const databaseWith = (settings: Record<string, string>) =>
    configuredUrl({ url: fixture.two.serverUrl, query: fixture.two.query } as TestDatabase, settings);

  const doctor = (changes: Record<string, string> = {}) => run({ ...fixture.good, ...changes });

  return { fixture, databaseWith, doctor };
}
