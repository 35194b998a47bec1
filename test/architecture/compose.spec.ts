import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { Settings } from '@mpp/config';
import { parse } from 'yaml';

interface Service {
  readonly environment: Readonly<Record<string, string>>;
  readonly configs?: readonly { readonly source: string; readonly target: string }[];
}

interface Compose {
  readonly services: Record<'postgres' | 'server', Service>;
  readonly configs: Record<string, { readonly content: string }>;
}

const ROOT = join(import.meta.dirname, '../..');
const { services, configs } = parse(readFileSync(join(ROOT, 'docker-compose.yml'), 'utf8')) as Compose;
const { postgres, server } = services;

/** The variables that the operator of the installation sets. */
const SHELL: Readonly<Record<string, string>> = {
  POSTGRES_PASSWORD: 'secret',
  SERVER_PASSWORD: 'another',
  KASPI_BASE_URL: 'https://kaspi.example',
  KASPI_CALLER_NAME: 'BANK',
  AUTH_JWKS_URI: 'https://issuer.example/jwks',
  AUTH_ISSUER: 'https://issuer.example',
  AUTH_AUDIENCE: 'mpp',
  METRICS_TOKEN: 'a-long-token',
};

describe('docker-compose.yml', () => {
  it('gives the server only settings that exist, with valid values', () => {
    const given = interpolated(server.environment);
    const settings = Settings.read(given);
    for (const name of Object.keys(server.environment)) {
      expect({ name, value: String(settings[name as keyof Settings]) }).toEqual({ name, value: given[name] });
    }
  });

  it('requires each variable without a default, by name', () => {
    const required = [...JSON.stringify([postgres, server, configs]).matchAll(/\$\{([A-Z_]+):\?/g)].map(
      ([, name]) => name,
    );
    expect(required.toSorted()).toEqual(
      Object.keys(SHELL)
        .filter((name) => name !== 'METRICS_TOKEN')
        .toSorted(),
    );
  });

  it('gives the server its database: as the owner for migrations, otherwise as a role that owns nothing', () => {
    const { DATABASE_URL = '', DATABASE_MIGRATION_URL = '' } = interpolated(server.environment);
    const { POSTGRES_USER, POSTGRES_PASSWORD, POSTGRES_DB } = interpolated(postgres.environment);
    const owner = new URL(DATABASE_MIGRATION_URL);
    expect([owner.username, owner.password]).toEqual([POSTGRES_USER, POSTGRES_PASSWORD]);
    const sql = interpolated({ roles: configs.roles?.content ?? '' }).roles ?? '';
    const [, made, password, granted] =
      /^create role (\w+) login password '(\w+)';\n.*^grant connect on database mpp to (\w+);$/ms.exec(sql) ?? [];
    const { username, password: given } = new URL(DATABASE_URL);
    expect([username, given, username]).toEqual([made, password, granted]);
    for (const url of [DATABASE_URL, DATABASE_MIGRATION_URL]) {
      expect([new URL(url).hostname, new URL(url).pathname]).toEqual(['postgres', `/${POSTGRES_DB}`]);
    }
    expect(postgres.configs).toEqual([{ source: 'roles', target: expect.stringMatching(/initdb\.d\/\w+\.sql$/) }]);
  });
});

/** As Compose fills in `${NAME}`, `${NAME:-default}` and `${NAME:?why}`. */
function interpolated(environment: Readonly<Record<string, string>>): Record<string, string> {
  const fill = (text: string) =>
    text.replace(/\$\{([A-Z_]+)(?::([-?])([^}]*))?\}/g, (_, name: string, kind: string, rest: string) => {
      const value = SHELL[name] ?? (kind === '-' ? rest : undefined);
      if (value === undefined) throw new Error(`${name} is not set`);
      return value;
    });
  return Object.fromEntries(Object.entries(environment).map(([name, text]) => [name, fill(String(text))]));
}
