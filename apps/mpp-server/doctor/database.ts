import type { Settings } from '@mpp/config';
import {
  admits,
  allApplied,
  type DatabaseSetting,
  DatabaseUnusable,
  DURABILITY,
  examineDatabase,
  FOR_READING,
  holdsNoMore,
  holdsRights,
  ownsTables,
  type Requirement,
  Unfit,
  upgradable,
  WRITES,
} from '@mpp/platform';
import { SCHEMA } from '../schema.js';
import { type Finding, fault } from './report.js';

const SCHEMA_OF_BUILD = allApplied(SCHEMA);
const NO_OTHER_RIGHTS = holdsNoMore(SCHEMA);

/** Everything that the start and readiness require of the database, the rights of both roles, and the room for our connections. */
export async function checkDatabase(settings: Settings): Promise<Finding[]> {
  const { DATABASE_URL: url, DATABASE_MIGRATION_URL: ownerUrl } = settings;
  const pools = settings.DATABASE_POOL_SIZE + settings.DATABASE_REPORT_POOL_SIZE;
  const tolerated = toleratedBy(settings);
  const ofServer = [
    ...FOR_READING,
    WRITES,
    DURABILITY,
    admits(pools),
    holdsRights(SCHEMA),
    NO_OTHER_RIGHTS,
    upgradable(SCHEMA),
    SCHEMA_OF_BUILD,
  ];
  const [server, owner] = await Promise.all([
    examine('database', 'DATABASE_URL', url, ofServer, tolerated),
    ownerUrl === undefined
      ? null
      : examine('database as its owner', 'DATABASE_MIGRATION_URL', ownerUrl, [ownsTables(SCHEMA)], []),
  ]);
  if (owner === null) return server.findings;
  const isOther = owner.identity !== null && server.identity !== null && owner.identity !== server.identity;
  const elsewhere = new Unfit('it leads to another database than DATABASE_URL', 'correct DATABASE_MIGRATION_URL');
  return [...server.findings, ...(isOther ? [fault('database as its owner', elsewhere)] : owner.findings)];
}

/** What the start accepts with these settings is only noted. */
function toleratedBy(settings: Settings): Requirement[] {
  const { NODE_ENV, MIGRATE_ON_START, DATABASE_MIGRATION_URL } = settings;
  return [
    ...(NODE_ENV === 'production' ? [] : [DURABILITY]),
    // The start applies them.
    ...(MIGRATE_ON_START === 'on' ? [SCHEMA_OF_BUILD] : []),
    // The migrations of another role revoke them, or stop the start.
    ...(DATABASE_MIGRATION_URL === undefined ? [NO_OTHER_RIGHTS] : []),
  ];
}

async function examine(
  thing: string,
  setting: DatabaseSetting,
  url: string,
  requirements: readonly Requirement[],
  tolerated: readonly Requirement[],
): Promise<{ findings: Finding[]; identity: string | null }> {
  try {
    const { database, examined } = await examineDatabase(url, setting, requirements);
    const findings = examined.map(({ name, found }, index): Finding => {
      if (!(found instanceof Unfit)) return { verdict: 'ok', thing: `${thing}, ${name}`, text: found };
      const finding = fault(`${thing}, ${name}`, found);
      const isTolerated = tolerated.some((requirement) => requirement === requirements[index]);
      return isTolerated ? { ...finding, verdict: 'note' } : finding;
    });
    const answers: Finding = { verdict: 'ok', thing, text: `${database.where} answers, the role is ${database.role}` };
    return { findings: [answers, ...findings], identity: database.identity };
  } catch (error) {
    const mend = `correct ${setting}, start PostgreSQL, or let it admit this machine (pg_hba.conf)`;
    const named = error instanceof DatabaseUnusable ? new Unfit(error.reason, mend) : error;
    return { findings: [fault(thing, named)], identity: null };
  }
}
