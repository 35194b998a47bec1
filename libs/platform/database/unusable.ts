export type DatabaseSetting = 'DATABASE_URL' | 'DATABASE_MIGRATION_URL';

/** The database that this setting names cannot be used. The message has the reason, and never a password. */
export class DatabaseUnusable extends Error {
  override readonly name = 'DatabaseUnusable';

  constructor(
    readonly reason: string,
    setting: DatabaseSetting = 'DATABASE_URL',
  ) {
    super(`${setting}: ${reason}`);
  }
}

/** Something that the server needs is not as it must be: the database, a certificate, a peer. What it is, and what to do about it. */
export class Unfit extends Error {
  override readonly name = 'Unfit';

  constructor(
    readonly reason: string,
    readonly mend: string,
  ) {
    super(`${reason}: ${mend}`);
  }
}
