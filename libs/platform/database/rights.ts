import type { Queryable } from './database.js';
import { DatabaseUnusable } from './unusable.js';

/** As GRANT writes it. Ids that the database generates are not inserted: `insert (…)` does not list them. */
export type TableRight = 'select' | 'insert' | 'update' | 'delete' | `insert (${string})` | `update (${string})`;

/** All rights of the application's role, by table. */
export type TableRights = Readonly<Record<string, readonly TableRight[]>>;

export interface Application {
  readonly role: string;
  readonly tables: TableRights;
}

interface Held {
  /** As GRANT and REVOKE write it: `select on table receipts`. */
  right: string;
  of_public: boolean;
}

/**
 * Grants the role the declared rights and revokes all others from the role and from PUBLIC. Does nothing if the role itself runs
 * this. Throws {@link DatabaseUnusable} if the role still has more rights, for example as a superuser or by a membership.
 */
export async function bringRights(owner: Queryable, { role, tables }: Application): Promise<void> {
  const [grantee] = await owner.query<{ name: string; missing: boolean; same: boolean }[]>(
    `select quote_ident($1::text) as name, to_regrole(quote_ident($1::text)) is null as missing, $1::text = current_user as same`,
    [role],
  );
  if (grantee === undefined || grantee.same) return;
  if (grantee.missing)
    throw new DatabaseUnusable(`it leads to a server without the role ${grantee.name}`, 'DATABASE_MIGRATION_URL');

  const wanted = new Set((await wantedRights(owner, role, tables)).map(({ right }) => right));
  const held = await owner.query<Held[]>(HELD, [role]);
  const ofRole = new Set(held.filter((one) => !one.of_public).map(({ right }) => right));
  const revoked = held
    .filter(({ right, of_public }) => of_public || !wanted.has(right))
    .map(({ right, of_public }) => `revoke ${right} from ${of_public ? 'public' : grantee.name}`);
  // After a revoke all rights are granted again: revoking a table's right also revokes those of its columns.
  const granted = [...wanted].filter((right) => revoked.length > 0 || !ofRole.has(right));
  const changes = [...revoked, ...granted.map((right) => `grant ${right} to ${grantee.name}`)];
  if (changes.length > 0) await owner.query(changes.join(';\n'));

  const more = await rightsBeyond(owner, { role, tables });
  if (more.length === 0) return;
  throw new DatabaseUnusable(
    `its role ${grantee.name} may do more than the server needs (${firstOf(more)}). ` +
      'It must own nothing here, be no superuser, and not be a member of a role that may do so',
    'DATABASE_URL',
  );
}

/** How many declared rights there are, and which of them the role lacks. It can be asked as the role itself. */
export async function missingRights(
  database: Queryable,
  { role, tables }: Application,
): Promise<{ declared: number; missing: string[] }> {
  const wanted = await wantedRights(database, role, tables);
  return { declared: wanted.length, missing: wanted.filter(({ held }) => !held).map(({ right }) => right) };
}

/** What the role may do beyond the declared rights. */
export async function rightsBeyond(database: Queryable, { role, tables }: Application): Promise<string[]> {
  const wanted = new Set((await wantedRights(database, role, tables)).map(({ right }) => right));
  const effective = await database.query<{ right: string }[]>(EFFECTIVE, [role]);
  return effective.map(({ right }) => right).filter((right) => !wanted.has(right));
}

/** For a message of one line. */
export function firstOf(rights: readonly string[]): string {
  return rights.slice(0, 3).join(', ') + (rights.length > 3 ? ', …' : '');
}

async function wantedRights(database: Queryable, role: string, tables: TableRights) {
  return database.query<{ right: string; held: boolean }[]>(WANTED, [role, JSON.stringify(tables)]);
}

const SCHEMA = '(select oid from pg_namespace where nspname = current_schema())';
/** An extension's objects are not ours, nor are those of another owner. */
const extensions = (catalog: string) =>
  `(select objid from pg_depend where classid = '${catalog}'::regclass and deptype = 'e')`;
const TABLES = `c.relnamespace = ${SCHEMA} and c.relkind in ('r', 'p', 'v', 'm', 'f')`;
const OUR_RELATIONS = `c.relnamespace = ${SCHEMA} and pg_has_role(c.relowner, 'usage') and c.oid not in ${extensions('pg_class')}`;
const ROUTINES = `p.pronamespace = ${SCHEMA} and p.prokind in ('f', 'p') and p.oid not in ${extensions('pg_proc')}`;
const OUR_ROUTINES = `${ROUTINES} and pg_has_role(p.proowner, 'usage')`;

/**
 * The declared rights, on tables or columns; on every function of the owner that is no trigger function; on the schema. Whether the role
 * holds them. It can be run as the owner and as the role itself.
 */
const WANTED = `
  with declared as (
    select c.oid, c.relowner, format('table %I', c.relname) as object, split_part(r.value, ' ', 1) as verb,
      substring(r.value from '\\((.*)\\)') as columns,
      exists (select 1 from pg_attribute a where a.attrelid = c.oid and a.attidentity = 'a' and not a.attisdropped) as numbered
    from jsonb_each($2::jsonb) t join pg_class c on c.relname = t.key and ${TABLES},
      jsonb_array_elements_text(t.value) r)
  select format('%s on %s', d.verb, d.object) as right, has_table_privilege($1::name, d.oid, d.verb) as held from declared d
    where d.columns is null and not (d.verb = 'insert' and d.numbered)
  union all
  select format('%s (%I) on %s', d.verb, a.attname, d.object), has_column_privilege($1::name, d.oid, a.attnum, d.verb)
    from declared d join pg_attribute a on a.attrelid = d.oid and a.attnum > 0 and not a.attisdropped
    where a.attname = any(regexp_split_to_array(d.columns, ', *'))
      or (d.columns is null and d.verb = 'insert' and d.numbered and a.attidentity <> 'a')
  union all
  select format('execute on routine %s', p.oid::regprocedure), has_function_privilege($1::name, p.oid, 'execute') from pg_proc p
    where ${ROUTINES} and (pg_has_role(p.proowner, 'usage') or p.proowner in (select relowner from declared)) and p.prorettype not in ('trigger'::regtype, 'event_trigger'::regtype)
  union all
  select format('usage on schema %I', n.nspname), false from pg_namespace n
    where n.oid = ${SCHEMA} and not has_schema_privilege($1::name, n.oid, 'usage')`;

/** What was granted to the role and to PUBLIC, of all that the migrating role can take back. */
const HELD = `
  with objects as (
    select c.relacl as acl, null as attname, format('%s %I', case c.relkind when 'S' then 'sequence' else 'table' end, c.relname) as object
    from pg_class c where ${OUR_RELATIONS} and c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
    union all
    select a.attacl, a.attname, format('table %I', c.relname)
    from pg_class c join pg_attribute a on a.attrelid = c.oid and not a.attisdropped
    where ${OUR_RELATIONS} and a.attacl is not null
    union all
    select coalesce(p.proacl, acldefault('f', p.proowner)), null, format('routine %s', p.oid::regprocedure)
    from pg_proc p where ${OUR_ROUTINES}
    union all
    select n.nspacl, null, format('schema %I', n.nspname)
    from pg_namespace n where n.oid = ${SCHEMA} and pg_has_role(n.nspowner, 'usage')
    union all
    select coalesce(b.datacl, acldefault('d', b.datdba)), null, format('database %I', b.datname)
    from pg_database b where b.datname = current_database() and pg_has_role(b.datdba, 'usage'))
  select lower(e.privilege_type) || coalesce(' (' || quote_ident(o.attname) || ')', '') || ' on ' || o.object as right,
    e.grantee = 0 as of_public
  from objects o, aclexplode(o.acl) e
  where e.grantee in (0, to_regrole(quote_ident($1)))
    -- CONNECT and USAGE of a schema are left to the administrator.
    and e.privilege_type <> 'CONNECT' and not (e.privilege_type = 'USAGE' and o.object like 'schema %')`;

/** The effective rights of the role, also those by ownership and membership. */
const EFFECTIVE = `
  select distinct format('everything that %I may do', pg_get_userbyid(o.owner)) as right
  from (select c.relowner as owner from pg_class c where ${TABLES}
    union select nspowner from pg_namespace where oid = ${SCHEMA}
    union select datdba from pg_database where datname = current_database()) o
  where pg_has_role($1::name, o.owner, 'member')
  union all
  select 'create roles' from pg_roles where rolname = $1 and rolcreaterole
  union all
  select format('%s on table %I', v.verb, c.relname) as right
  from pg_class c, unnest(array['insert', 'update', 'delete', 'truncate', 'references', 'trigger']) v (verb)
  where ${TABLES} and has_table_privilege($1::name, c.oid, v.verb)
  union all
  select format('%s (%I) on table %I', v.verb, a.attname, c.relname)
  from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped,
    unnest(array['insert', 'update']) v (verb)
  where ${TABLES} and has_column_privilege($1::name, c.oid, a.attnum, v.verb)
    and not has_table_privilege($1::name, c.oid, v.verb)
  union all
  select format('create on schema %I', n.nspname) from pg_namespace n
  where n.oid = ${SCHEMA} and has_schema_privilege($1::name, n.oid, 'create')
  union all
  select format('create on database %I', current_database())
  where has_database_privilege($1::name, current_database(), 'create')`;
