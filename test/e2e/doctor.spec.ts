import { readdir } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { startTestServer } from '../support/mpp.js';
import { startTcpPeer } from '../support/tcp-peer.js';
import { until } from '../support/until.js';
import { doctorFixture, SECRET } from './doctor-fixture.js';

const { fixture, doctor } = doctorFixture();

describe('npm run doctor', () => {
  it('finds a right installation all green, with a line for each thing: exit code 0', async () => {
    const { code, lines, summary } = await doctor();
    const things = lines.map((line) => line.replace(/^ok {4}([^:]+): .*$/, '$1'));
    expect(things).toEqual([
      'settings',
      'database',
      'database, version',
      'database, encoding',
      'database, session settings',
      'database, time zone data',
      'database, writes',
      'database, durability',
      'database, connections',
      'database, rights',
      'database, other rights',
      'database, build',
      'database, schema',
      'database as its owner',
      'database as its owner, tables',
      'clock',
      'Kaspi',
      'core',
      'gateway',
      'token issuer',
      'public listener',
      'Kaspi-facing listener',
      'certificate of the Kaspi-facing listener',
      'skip  client certificate for the core: CORE_BANKING_TLS_CERT is not set',
      'mailbox of registries',
      'folder of registries',
      'temporary folder',
    ]);
    expect({ code, summary }).toEqual({ code: 0, summary: '26 checks, 1 skipped: all is well' });
  });

  it('skips what is not configured, and notes names that are no settings', async () => {
    const none = [
      'CORE_BANKING_URL',
      'NOTIFICATION_URL',
      'NOTIFICATION_SECRET',
      'REGISTRY_IMAP_URL',
      'REGISTRY_INBOX_DIR',
    ];
    const tls = ['KASPI_TLS_CERT', 'KASPI_TLS_KEY', 'KASPI_TLS_CA', 'DATABASE_MIGRATION_URL'];
    const absent = Object.fromEntries([...none, ...tls].map((name) => [name, '']));
    const report = await doctor({ ...absent, KASPI_BASE_URI: 'http://127.0.0.1:1', DATABASE_POOLSIZE: '5' });
    expect(report.with('skip').map((line) => /[A-Z_]+ is not set/.exec(line)?.[0])).toEqual([
      'CORE_BANKING_URL is not set',
      'NOTIFICATION_URL is not set',
      'KASPI_TLS_CERT is not set',
      'CORE_BANKING_TLS_CERT is not set',
      'REGISTRY_IMAP_URL is not set',
      'REGISTRY_INBOX_DIR is not set',
    ]);
    expect(report.with('note').toSorted()).toEqual([
      'note  settings: DATABASE_POOLSIZE is no setting, and has no effect',
      'note  settings: KASPI_BASE_URI is no setting, and has no effect',
    ]);
    expect([report.code, report.with('FAIL')]).toEqual([0, []]);
  });

  it('changes nothing: no row, no file, no mail, and it asks the peers for nothing that has an effect', async () => {
    const { two, kaspi, core, gateway, mail, folder } = fixture;
    const written = async () => {
      // The counts of a session are there when it has ended.
      await until(
        'the sessions of the doctor end',
        () => two.query('select 1 from pg_stat_activity where usename in ($1, $2)', [two.owner, two.server]),
        (sessions) => sessions.length === 0,
      );
      return two.query(
        `select sum(n_tup_ins) as inserted, sum(n_tup_upd) as updated, sum(n_tup_del) as deleted from pg_stat_user_tables`,
      );
    };
    const files = async () => (await readdir(folder, { recursive: true })).toSorted();
    const before = [await written(), await files()];
    for (const peer of [kaspi.arrived, core.calls, gateway.received, mail.commands]) peer.length = 0;
    expect((await doctor()).code).toBe(0);
    expect([await written(), await files()]).toEqual(before);
    expect(kaspi.arrived.map(({ method, path, body }) => [method, path, body])).toEqual([['GET', '/', '']]);
    expect(core.calls.map(({ method }) => method)).toEqual(['outcome']);
    expect(gateway.received.map(({ path, body }) => [path, body])).toEqual([['/', '']]);
    expect(mail.commands.filter((command) => !/^(CAPABILITY|LOGIN|LIST|LSUB|SELECT|LOGOUT)\b/.test(command))).toEqual(
      [],
    );
  });

  it('prints no password, token or key, also in what it says of errors', async () => {
    const wrong = {
      DATABASE_URL: `postgresql://mpp:${SECRET}@127.0.0.1:1/mpp`,
      DATABASE_MIGRATION_URL: `postgresql://mpp_owner:${SECRET}@127.0.0.1:1/mpp`,
      KASPI_BASE_URL: `http://bank:${SECRET}@127.0.0.1:1/?key=${SECRET}`,
      NOTIFICATION_URL: `http://127.0.0.1:1/hook?token=${SECRET}`,
      REGISTRY_IMAP_URL: fixture.mail.url(`${SECRET}!`),
      KASPI_TLS_KEY: Buffer.from(SECRET).toString('base64'),
      AUTH_JWKS_URI: `http://127.0.0.1:1/jwks?key=${SECRET}`,
    };
    for (const { code, lines } of [await doctor(), await doctor(wrong)]) {
      const text = lines.join('\n');
      for (const secret of [
        SECRET,
        Buffer.from(SECRET).toString('base64'),
        'BEGIN',
        fixture.good.NOTIFICATION_SECRET ?? '',
      ])
        expect({ code, secret, printed: text.includes(secret) }).toMatchObject({ printed: false });
    }
  });

  it('names every invalid setting, and checks the database all the same', async () => {
    const report = await doctor({ KASPI_TIMEOUT_MS: '5s', NOTIFICATION_SECRET: 'short', AUTH_ISSUER: '' });
    expect(report.with('FAIL')).toEqual([
      expect.stringMatching(
        /^FAIL {2}settings: KASPI_TIMEOUT_MS: .* Correct it, or what it names: docs\/settings\.md$/,
      ),
      expect.stringContaining('FAIL  settings: NOTIFICATION_SECRET: must be whsec_'),
    ]);
    expect(report.with('skip')).toEqual(['skip  other checks: they need settings that are valid']);
    expect(report.with('ok  ').filter((line) => /^ok {4}database/.test(line))).toHaveLength(14);
    expect(report.code).toBe(1);
    expect((await doctor({ DATABASE_URL: '' })).lines).toEqual([
      'FAIL  settings: DATABASE_URL: is required. Correct it, or what it names: docs/settings.md',
      'skip  other checks: they need settings that are valid',
    ]);
  });

  it('ends within 20 seconds if every other program accepts connections and never answers', async () => {
    const silent = await startTcpPeer(() => undefined);
    const url = `http://${silent.host}`;
    const started = performance.now();
    const { with: lines } = await doctor({
      DATABASE_URL: `postgresql://mpp@${silent.host}/mpp`,
      DATABASE_MIGRATION_URL: `postgresql://mpp_owner@${silent.host}/mpp`,
      KASPI_BASE_URL: url.replace('http', 'https'),
      CORE_BANKING_URL: url,
      NOTIFICATION_URL: url,
      AUTH_JWKS_URI: url,
      REGISTRY_IMAP_URL: `imaps://user:password@${silent.host}/INBOX`,
      PORT: silent.host.replace(/.*:/, ''),
      HOST: '127.0.0.1',
    }).finally(() => silent.close());
    expect(performance.now() - started).toBeLessThan(20_000);
    expect(lines('FAIL').map((line) => line.replace(/^FAIL {2}([^:]+):.*/, '$1'))).toEqual([
      'database',
      'database as its owner',
      'Kaspi',
      'core',
      'gateway',
      'token issuer',
      'public listener',
      'mailbox of registries',
    ]);
    expect(lines('skip')).toContain('skip  clock: the database does not answer');
  });

  it('is green beside a running server, which has the ports', async () => {
    const { two, good } = fixture;
    const tls = Object.fromEntries(
      ['CERT', 'KEY', 'CA'].map((part) => [`KASPI_TLS_${part}`, good[`KASPI_TLS_${part}`] ?? '']),
    );
    const addresses = { DATABASE_URL: two.serverUrl, KASPI_BASE_URL: 'http://127.0.0.1:9' };
    const server = await startTestServer({ ...addresses, ...tls, BACKGROUND_WORK: 'off' });
    const [open, kaspi] = [server.publicUrl, server.kaspiUrl].map((url) => new URL(url).port) as [string, string];
    const hosts = { HOST: '127.0.0.1', KASPI_LISTEN_HOST: '127.0.0.1' };
    const { code, lines } = await doctor({ ...hosts, PORT: open, KASPI_LISTEN_PORT: kaspi }).finally(() =>
      server.stop(),
    );
    expect(lines).toContain(`ok    public listener: a running server has port ${open} on 127.0.0.1`);
    expect(lines).toContain(`ok    Kaspi-facing listener: a running server has port ${kaspi} on 127.0.0.1`);
    expect(code).toBe(0);
  });
});
