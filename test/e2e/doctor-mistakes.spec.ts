import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { certify } from '../support/certificates.js';
import { asAdmin } from '../support/database.js';
import { KaspiPeer } from '../support/kaspi-peer.js';
import { DURABLE, doctorFixture } from './doctor-fixture.js';

const { fixture, databaseWith, doctor } = doctorFixture();

type Changes = Record<string, string>;

interface Mistake {
  /** Makes the mistake, runs the doctor with these settings, and puts it right again. */
  readonly make: (runs: (changes: Changes) => Promise<void>) => Promise<void>;
  /** Of each line that names it. */
  readonly found: readonly string[];
  /** What is only noted of an installation with these settings. */
  readonly noted?: number;
}

const setting =
  (changes: () => Changes | Promise<Changes>): Mistake['make'] =>
  async (runs) =>
    runs(await changes());

/** An SQL statement of an administrator, and the one that undoes it. */
const statement =
  (sql: () => string, undo: () => string, changes: Changes = {}): Mistake['make'] =>
  async (runs) => {
    await fixture.two.query(sql());
    try {
      await runs(changes);
    } finally {
      await fixture.two.query(undo());
    }
  };

const inPeer =
  (days: number): Mistake['make'] =>
  async (runs) => {
    const peer = await KaspiPeer.start(() => ({ json: {} }), certify('kaspi', fixture.authority, 'server', days));
    try {
      await runs({ KASPI_BASE_URL: peer.url });
    } finally {
      await peer.close();
    }
  };

const database = () => new URL(fixture.two.ownerUrl).pathname.slice(1);

const MISTAKES: Readonly<Record<string, Mistake>> = {
  'a database in WIN1251': {
    make: async (runs) => {
      const name = `mpp_doctor_${process.pid}`;
      await asAdmin(`create database ${name} encoding 'WIN1251' locale_provider libc locale 'C' template template0`);
      try {
        const url = Object.assign(new URL(process.env.TEST_POSTGRES_URL ?? ''), { pathname: `/${name}` }).href;
        await runs({ DATABASE_URL: url, DATABASE_MIGRATION_URL: '', NODE_ENV: 'test' });
      } finally {
        await asAdmin(`drop database ${name}`);
      }
    },
    found: [
      `FAIL  database, encoding: the encoding of the database is WIN1251, and must be UTF8. Create it again with: CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0`,
    ],
    // fsync of the tests' PostgreSQL, pending migrations, and the rights of an administrator.
    noted: 3,
  },
  'a database without fsync': {
    make: async (runs) => {
      await runs({ DATABASE_URL: await databaseWith({ fsync: 'off', full_page_writes: 'on' }) });
      await databaseWith(DURABLE);
    },
    found: [
      'FAIL  database, durability: PostgreSQL runs with fsync = off: payments would be lost when its machine fails. Production needs it on: ALTER SYSTEM SET fsync = on; ',
    ],
  },
  'a database that accepts no writes': {
    make: async (runs) => {
      await asAdmin(`alter database ${database()} set default_transaction_read_only = on`);
      await runs({}).finally(() => asAdmin(`alter database ${database()} reset default_transaction_read_only`));
    },
    found: [
      'FAIL  database, writes: the database accepts no writes: default_transaction_read_only is on. ALTER DATABASE … SET ',
    ],
  },
  'a right that the server’s role lacks': {
    make: statement(
      () => `revoke insert on receipts from ${fixture.two.server}`,
      () => `grant insert on receipts to ${fixture.two.server}`,
    ),
    found: [
      'FAIL  database, rights: its role SERVER lacks the right insert on table receipts. Run npm run migration:run with DATABASE_MIGRATION_URL, or GRANT insert on table receipts TO SERVER',
    ],
  },
  'a right that the server’s role has beyond its own': {
    make: statement(
      () => `grant truncate on receipts to ${fixture.two.server}`,
      () => `revoke truncate on receipts from ${fixture.two.server}`,
    ),
    found: [
      'FAIL  database, other rights: its role SERVER may do more than the server needs (truncate on table receipts). Run ',
    ],
  },
  'a migration that was not run': {
    make: statement(
      () => `update migrations set name = name || 'x' where id = 1`,
      () => `update migrations set name = 'PlatformBaseline1795910400000' where id = 1`,
      { MIGRATE_ON_START: 'off' },
    ),
    found: [
      'FAIL  database, schema: 1 migrations and SQL files of this build are pending, the first is PlatformBaseline1795910400000. Run npm run migration:run',
    ],
  },
  'an owner’s URL that leads to another database': {
    make: setting(() => ({ DATABASE_MIGRATION_URL: process.env.TEST_POSTGRES_URL ?? '' })),
    found: [
      'FAIL  database as its owner: it leads to another database than DATABASE_URL. Correct DATABASE_MIGRATION_URL',
    ],
  },
  'more connections than PostgreSQL admits': {
    make: setting(() => ({ DATABASE_POOL_SIZE: '500' })),
    found: ['FAIL  database, connections: a process opens up to 508 of the '],
  },
  'a clock that is an hour behind the database’s': {
    make: statement(
      () => `create function configured.clock_timestamp() returns timestamptz language sql as
        $$ select pg_catalog.clock_timestamp() + interval '1 hour' $$`,
      () => 'drop function configured.clock_timestamp()',
    ),
    found: ['ms behind the database’s, and up to 2000 ms are accepted. Let NTP set the clocks of both machines'],
  },
  'a closed port of Kaspi': {
    make: setting(() => ({ KASPI_BASE_URL: 'https://127.0.0.1:1' })),
    found: [
      'FAIL  Kaspi: https://127.0.0.1:1 refuses the connection. Start the program there, or correct the port in KASPI_BASE_URL',
    ],
  },
  'a certificate of Kaspi for another host': {
    make: setting(() => ({ KASPI_BASE_URL: fixture.kaspi.url.replace('127.0.0.1', 'localhost') })),
    found: [
      'FAIL  Kaspi: https://localhost:PORT has a certificate of another host. Name in KASPI_BASE_URL the host of the certificate',
    ],
  },
  'a certificate of Kaspi that has expired': {
    make: inPeer(-1),
    found: ['FAIL  Kaspi: https://127.0.0.1:PORT has a certificate that has expired. Its operator must renew it'],
  },
  'an authority that this machine does not know': {
    make: setting(() => ({ NODE_EXTRA_CA_CERTS: '' })),
    found: [
      'FAIL  Kaspi: https://127.0.0.1:PORT has a certificate of an authority that is not trusted. Set NODE_EXTRA_CA_CERTS to the file of its authority',
    ],
  },
  'a key that does not match its certificate': {
    make: setting(() => ({ KASPI_TLS_KEY: certify('other', null, 'server').key })),
    found: ['FAIL  certificate of the Kaspi-facing listener: KASPI_TLS_KEY: cannot be used: '],
  },
  'a certificate of ours that has expired': {
    make: setting(() => {
      const { cert, key } = certify('127.0.0.1', fixture.authority, 'server', -1);
      return { KASPI_TLS_CERT: cert, KASPI_TLS_KEY: key };
    }),
    found: ['FAIL  certificate of the Kaspi-facing listener: it has expired on '],
  },
  'a token that the core refuses': {
    make: async (runs) => {
      fixture.core.plan('outcome', { status: 401, json: {} });
      await runs({});
    },
    found: ['FAIL  core: it refuses our credentials (HTTP 401). Correct CORE_BANKING_TOKEN or CORE_BANKING_TLS_CERT'],
  },
  'a gateway without an address': {
    make: setting(() => ({ NOTIFICATION_URL: 'https://gateway.invalid/hook' })),
    found: [
      'FAIL  gateway: https://gateway.invalid has no address. Correct the host in NOTIFICATION_URL, or the DNS of this machine',
    ],
  },
  'an issuer that serves no keys': {
    make: async (runs) => {
      fixture.issuer.answer = { status: 200, text: '{"keys":[]}' };
      await runs({}).finally(() => Object.assign(fixture.issuer, { answer: null }));
    },
    found: [
      'FAIL  token issuer: http://127.0.0.1:PORT answers (HTTP 200) without a key that can check tokens. Correct AUTH_JWKS_URI; ',
    ],
  },
  'a password that the mailbox refuses': {
    make: setting(() => ({ REGISTRY_IMAP_URL: fixture.mail.url('another') })),
    found: [
      'FAIL  mailbox of registries: 127.0.0.1:PORT: the server refuses the user and password. Correct user, password and mailbox in REGISTRY_IMAP_URL',
    ],
  },
  'a mailbox that may only be read': {
    make: setting(() => ({ REGISTRY_IMAP_URL: fixture.mail.url(undefined, 'Shared/INBOX') })),
    found: ['FAIL  mailbox of registries: 127.0.0.1:PORT: the mailbox is read-only: mails could not be marked'],
  },
  'a mailbox that does not exist': {
    make: setting(() => ({ REGISTRY_IMAP_URL: fixture.mail.url(undefined, 'Registries') })),
    found: ['FAIL  mailbox of registries: 127.0.0.1:PORT: '],
  },
  'a folder of registries that does not exist': {
    make: setting(() => ({ REGISTRY_INBOX_DIR: join(fixture.folder, 'nowhere') })),
    found: ['FAIL  folder of registries: REGISTRY_INBOX_DIR: cannot be used: ENOENT'],
  },
  'a temporary folder that does not exist': {
    make: setting(() => ({ TMPDIR: '/nowhere' })),
    found: ['FAIL  temporary folder: ENOENT'],
  },
  'a port that another program has': {
    make: async (runs) => {
      const other = net.createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
      await once(other, 'listening');
      const { port } = other.address() as AddressInfo;
      await runs({ KASPI_LISTEN_PORT: String(port), KASPI_LISTEN_HOST: '127.0.0.1' }).finally(() => other.close());
    },
    found: [
      'FAIL  Kaspi-facing listener: port PORT on 127.0.0.1 is taken by another program. Correct KASPI_LISTEN_PORT or its host',
    ],
  },
};

describe('npm run doctor finds', () => {
  it.each(Object.entries(MISTAKES))('%s, in a line with the mend, and everything else is green', async (_, mistake) => {
    const { make, found, noted = 0 } = mistake;
    let runs = 0;
    await make(async (changes) => {
      const { code, lines, summary, ...report } = await doctor(changes);
      const failed = report.with('FAIL').map((line) => line.replaceAll(fixture.two.server, 'SERVER'));
      const shown = failed.map((line) => line.replace(/(127\.0\.0\.1:|localhost:|port )\d{2,5}/, '$1PORT'));
      expect(shown).toEqual(found.map((start) => expect.stringContaining(start)));
      expect([code, summary]).toEqual([1, expect.stringMatching(/: 1 failed$/)]);
      expect(report.with('ok  ').length + report.with('skip').length).toBe(lines.length - 1 - noted);
      runs++;
    });
    expect(runs).toBe(1);
  });
});
