import { basename } from 'node:path';
import type { Queryable } from './database.js';
import { pendingSchema, refuseEarlierSchema, type Schema } from './migrator.js';
import { queryableOf } from './one-connection.js';
import { isForbidden } from './postgres-error.js';
import { isPooled, type Requirement } from './requirements.js';
import { firstOf, missingRights, rightsBeyond } from './rights.js';
import { Unfit } from './unusable.js';

/** The schema of this build can be applied, or is. Pending migrations are no fault of the database: see {@link allApplied}. */
export const upgradable = ({ migrations }: Schema): Requirement => ({
  name: 'build',
  async check(client) {
    await refuseEarlierSchema(queryableOf(client), migrations);
    return 'can be brought to this one';
  },
});

/** Nothing of the schema of this build is pending. */
export const allApplied = (schema: Schema): Requirement => ({
  name: 'schema',
  async check(client) {
    const pending = await pendingSchema(queryableOf(client), schema);
    const { migrations, sqlFiles } = schema;
    if (pending.length === 0)
      return `all ${migrations.length} migrations and ${sqlFiles.length} SQL files of this build`;
    throw new Unfit(
      `${pending.length} migrations and SQL files of this build are pending, the first is ${pending[0]}`,
      'run npm run migration:run',
    );
  },
});

/**
 * The role of the connection holds every right that the server's role is given. While migrations are pending it may lack some: they
 * come with the migrations.
 */
export const holdsRights = (schema: Schema): Requirement => ({
  name: 'rights',
  async check(client) {
    const database = queryableOf(client);
    const role = await usableRole(database);
    const { declared, missing: all } = await missingRights(database, { role: role.name, tables: schema.rights });
    const missing = all.filter((right) => isOfBuild(right, schema));
    if (missing.length === 0) return `${role.quoted} holds all ${declared} that the server needs`;
    const pending = await pendingSchema(database, schema).catch(noneIfForbidden);
    if (pending.length > 0) return 'come with the pending migrations';
    throw new Unfit(
      `its role ${role.quoted} lacks the right ${firstOf(missing)}`,
      `run npm run migration:run with DATABASE_MIGRATION_URL, or GRANT ${missing[0]} TO ${role.quoted}`,
    );
  },
});

/** Not one on a function that an administrator added: nobody calls it. A file of functions has the name of its function. */
function isOfBuild(right: string, { sqlFiles }: Schema): boolean {
  const [, routine] = /^execute on routine (?:[^(]*\.)?"?(\w+)"?\(/.exec(right) ?? [];
  return routine === undefined || sqlFiles.some(({ path }) => basename(path, '.sql') === routine);
}

/** The role of the connection holds no other right. */
export const holdsNoMore = ({ rights }: Schema): Requirement => ({
  name: 'other rights',
  async check(client) {
    const database = queryableOf(client);
    const role = await usableRole(database);
    const beyond = await rightsBeyond(database, { role: role.name, tables: rights });
    if (beyond.length === 0) return `${role.quoted} has none`;
    throw new Unfit(
      `its role ${role.quoted} may do more than the server needs (${firstOf(beyond)})`,
      'run the server under a role that owns nothing: see Database roles in docs/install.md',
    );
  },
});

/** The role of the connection can migrate the tables of this schema, and grant rights on them. */
export const ownsTables = ({ rights }: Schema): Requirement => ({
  name: 'tables',
  async check(client) {
    const database = queryableOf(client);
    const role = await usableRole(database);
    const [owned = { others: [], creates: false }] = await database.query<{ others: string[]; creates: boolean }[]>(
      `select has_schema_privilege(current_schema(), 'create') as creates, array(
         select format('%I of %I', relname, pg_get_userbyid(relowner)) from pg_class
         where relnamespace = current_schema()::regnamespace and relname = any($1) and not pg_has_role(relowner, 'usage')
         order by relname) as others`,
      [Object.keys(rights)],
    );
    const { others, creates } = owned;
    if (others.length > 0) {
      throw new Unfit(
        `its role ${role.quoted} does not own ${firstOf(others)}`,
        `as an administrator: REASSIGN OWNED BY … TO ${role.quoted}`,
      );
    }
    if (creates) return `${role.quoted} owns them`;
    throw new Unfit(
      `its role ${role.quoted} may create nothing in its schema`,
      `GRANT CREATE ON SCHEMA … TO ${role.quoted}`,
    );
  },
});

/** So many connections of the role fit into what PostgreSQL admits. */
export const admits = (connections: number): Requirement => ({
  name: 'connections',
  async check(client) {
    const [{ most } = { most: 0 }] = await queryableOf(client).query<{ most: number }[]>(
      `select least(
         current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int,
         nullif(rolconnlimit, -1), nullif(datconnlimit, -1)) as most
       from pg_roles, pg_database where rolname = current_user and datname = current_database()`,
    );
    const found = `a process opens up to ${connections} of the ${most} that PostgreSQL admits`;
    if (connections <= most) return found;
    if (await isPooled(client)) return `${found}, and the pooler shares its own among them`;
    throw new Unfit(
      found,
      'lower DATABASE_POOL_SIZE and DATABASE_REPORT_POOL_SIZE, or raise max_connections or CONNECTION LIMIT',
    );
  },
});

/** The role of the connection. Without the right to use its schema it would seem to be an empty one. */
async function usableRole(database: Queryable): Promise<{ name: string; quoted: string }> {
  const [found] = await database.query<{ name: string; quoted: string; usable: boolean }[]>(
    `select current_user as name, quote_ident(current_user) as quoted, current_schema() is not null as usable`,
  );
  const { name, quoted, usable } = found ?? { name: '', quoted: '', usable: false };
  if (usable) return { name, quoted };
  throw new Unfit(
    `its role ${quoted} may use no schema of its search_path`,
    `GRANT USAGE ON SCHEMA public TO ${quoted}`,
  );
}

function noneIfForbidden(error: unknown): string[] {
  if (isForbidden(error)) return [];
  throw error;
}
