import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { Settings } from '@mpp/config';
import { parse } from 'yaml';

interface Compose {
  readonly services: Record<'postgres' | 'server', { readonly environment: Readonly<Record<string, string>> }>;
}

const ROOT = join(import.meta.dirname, '../..');
const { postgres, server } = (parse(readFileSync(join(ROOT, 'docker-compose.yml'), 'utf8')) as Compose).services;

/** What somebody who runs it has set. */
const SHELL: Readonly<Record<string, string>> = {
  POSTGRES_PASSWORD: 'secret',
  KASPI_BASE_URL: 'https://kaspi.example',
  KASPI_CALLER_NAME: 'BANK',
  AUTH_JWKS_URI: 'https://issuer.example/jwks',
  AUTH_ISSUER: 'https://issuer.example',
  AUTH_AUDIENCE: 'mpp',
  METRICS_TOKEN: 'a-long-token',
};

describe('docker-compose.yml', () => {
  it('gives the server settings that it takes, under names that it knows', () => {
    const given = interpolated(server.environment);
    const settings = Settings.read(given);
    for (const name of Object.keys(server.environment)) {
      expect({ name, value: String(settings[name as keyof Settings]) }).toEqual({ name, value: given[name] });
    }
  });

  it('asks for each variable that it cannot guess, by name', () => {
    const asked = [...JSON.stringify([postgres, server]).matchAll(/\$\{([A-Z_]+):\?/g)].map(([, name]) => name);
    expect(asked.toSorted()).toEqual(
      Object.keys(SHELL)
        .filter((name) => name !== 'METRICS_TOKEN')
        .toSorted(),
    );
  });

  it('leads the server to the database that it makes', () => {
    const url = new URL(interpolated(server.environment).DATABASE_URL ?? '');
    const { POSTGRES_USER, POSTGRES_PASSWORD, POSTGRES_DB } = interpolated(postgres.environment);
    expect(url.hostname).toBe('postgres');
    expect([url.username, url.password, url.pathname]).toEqual([POSTGRES_USER, POSTGRES_PASSWORD, `/${POSTGRES_DB}`]);
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
