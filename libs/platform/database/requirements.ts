import { almatyWallClock } from '@mpp/kernel';
import type { ClientBase } from 'pg';
import { SESSION } from './connection.js';
import { Unfit } from './unusable.js';

/** What the server needs of its database. The start stops without it, readiness and `npm run doctor` name it. */
export interface Requirement {
  readonly name: string;
  /** Returns what was found. Throws {@link Unfit}. Changes nothing. */
  check(client: ClientBase): Promise<string>;
}

const OLDEST = 15;

export const VERSION: Requirement = {
  name: 'version',
  async check(client) {
    const version = await settingOf(client, 'server_version');
    if (Number.parseInt(version, 10) >= OLDEST) return `PostgreSQL ${version}`;
    throw new Unfit(`this is PostgreSQL ${version}`, `PostgreSQL ${OLDEST} or newer is needed`);
  },
};

/** Names in Kazakh and texts of the PS cannot be stored in other encodings. */
export const ENCODING: Requirement = {
  name: 'encoding',
  async check(client) {
    const encoding = await settingOf(client, 'server_encoding');
    if (encoding === 'UTF8') return encoding;
    throw new Unfit(
      `the encoding of the database is ${encoding}, and must be UTF8`,
      `create it again with: CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0`,
    );
  },
};

/** What our statements and the driver cannot do without. */
const NEEDED_OF_ROLE: Readonly<Record<string, RegExp>> = {
  datestyle: /^ISO/,
  intervalstyle: /^postgres$/,
  bytea_output: /^hex$/,
  default_transaction_isolation: /^read committed$/,
  standard_conforming_strings: /^on$/,
};

/**
 * Each connection sets {@link SESSION}. A pooler that gives each transaction another connection of the server drops that, so the role's defaults must
 * be right.
 */
export const SESSION_SETTINGS: Requirement = {
  name: 'session settings',
  async check(client) {
    if (!(await isPooled(client))) return 'each connection sets its own';
    const defaults = await defaultsOf(client, Object.keys(NEEDED_OF_ROLE));
    const wrong = defaults.find(({ name, value }) => !NEEDED_OF_ROLE[name]?.test(value));
    if (wrong === undefined) return 'right by default, behind a pooler';
    throw notPooled(wrong.name, wrong.value, (SESSION as Record<string, string>)[wrong.name] ?? '');
  },
};

/** Business days are read in Almaty's time: outdated time zone data would put payments on wrong dates. */
export const TIME_ZONE_DATA: Requirement = {
  name: 'time zone data',
  async check(client) {
    const instants = ['2024-02-29T17:00:00Z', '2024-02-29T19:00:00Z'].map((text) => new Date(text));
    const shown = instants.map((at) => almatyWallClock(at).toISOString().slice(0, 19));
    const { rows } = await client
      .query<{ shown: string }>(
        `select to_char(timezone('Asia/Almaty', at), 'YYYY-MM-DD"T"HH24:MI:SS') as shown
         from unnest($1::timestamptz[]) with ordinality as given (at, number) order by number`,
        [instants],
      )
      .catch((error) => {
        // invalid_parameter_value: the database has no such time zone.
        if (error.code === '22023') return { rows: [] };
        throw error;
      });
    if (shown.every((one, index) => rows[index]?.shown === one)) return 'Asia/Almaty is UTC+5 since 2024-03-01';
    throw new Unfit(
      'the time zone data of PostgreSQL does not know that Asia/Almaty is UTC+5 since 2024-03-01',
      'update PostgreSQL, or the package tzdata of its machine, and restart it',
    );
  },
};

export const WRITES: Requirement = {
  name: 'writes',
  async check(client) {
    const { rows } = await client.query<{ standby: boolean; readOnly: boolean }>(
      `select pg_is_in_recovery() as standby, current_setting('transaction_read_only')::bool as "readOnly"`,
    );
    if (rows[0]?.standby === true) {
      throw new Unfit('it leads to a standby, which accepts no writes', 'name the address of the primary');
    }
    if (rows[0]?.readOnly !== true) return 'accepted';
    throw new Unfit(
      'the database accepts no writes: default_transaction_read_only is on',
      'ALTER DATABASE … SET default_transaction_read_only = off, or ALTER ROLE … if it is set for the role',
    );
  },
};

/** What a PostgreSQL needs to lose no commit, and no file, when its machine fails. Production requires it. */
export const DURABILITY: Requirement = {
  name: 'durability',
  async check(client) {
    const { rows } = await client.query<{ name: string }>(
      `select name from unnest(array['fsync', 'full_page_writes']) name where current_setting(name) = 'off'`,
    );
    if (rows.length > 0) {
      const off = rows.map(({ name }) => `${name} = off`).join(' and ');
      throw new Unfit(
        `PostgreSQL runs with ${off}: payments would be lost when its machine fails`,
        `production needs it on: ${rows.map(({ name }) => `ALTER SYSTEM SET ${name} = on`).join('; ')}; SELECT pg_reload_conf()`,
      );
    }
    if (!(await isPooled(client))) return 'fsync and full_page_writes are on; each connection sets synchronous_commit';
    const [commits] = await defaultsOf(client, ['synchronous_commit']);
    if (/^(on|remote_apply)$/.test(commits?.value ?? ''))
      return 'fsync, full_page_writes and synchronous_commit are on';
    // Some writes raise it for their transaction; the others would wait for no disk or standby.
    throw notPooled('synchronous_commit', commits?.value ?? '', 'on');
  },
};

/** Of every program that uses the database, also of one that only reads. */
export const FOR_READING: readonly Requirement[] = [VERSION, ENCODING, SESSION_SETTINGS, TIME_ZONE_DATA];

/** A pooler is recognised by the number of the process that answers, which is not the one of the connection. */
export async function isPooled(client: ClientBase): Promise<boolean> {
  const { rows } = await client.query<{ process: number }>('select pg_backend_pid() as process');
  return rows[0]?.process !== (client as unknown as { processID: number }).processID;
}

function notPooled(name: string, value: string, needed: string): Unfit {
  return new Unfit(
    `${name} is ${value} behind a pooler`,
    `ALTER ROLE … SET ${name} = '${needed}', and let the pooler connect again`,
  );
}

async function settingOf(client: ClientBase, name: string): Promise<string> {
  const { rows } = await client.query<{ value: string }>('select current_setting($1) as value', [name]);
  return rows[0]?.value ?? '';
}

/** What a new session has. Another client of the pooler may have changed the value of this one. */
async function defaultsOf(client: ClientBase, names: string[]): Promise<{ name: string; value: string }[]> {
  const { rows } = await client.query<{ name: string; value: string }>(
    'select lower(name) as name, reset_val as value from pg_settings where lower(name) = any($1)',
    [names],
  );
  return rows;
}
