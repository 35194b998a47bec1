import { ForwardMigration } from './forward-migration.js';

export class RecoveryBaseline1796083250000 extends ForwardMigration {
  readonly sql = `
    create table recoveries (
      recovered_from timestamptz primary key,
      started_at timestamptz not null,
      ended_at timestamptz,
      ended_by text,
      reason text,
      constraint recoveries_ended check ((ended_at is null) = (ended_by is null) and (ended_at is null) = (reason is null))
    );
    -- A SUCCESS with a receipt after a closing result contradicts a payment that was never debited (R36).
    alter table qr_payments drop constraint qr_payments_contradiction;
    alter table qr_payments add constraint qr_payments_contradiction check ((contradicted_at is null) = (contradicted_by is null)
      and (contradicted_at is null or settled_by is not null or (notify_result is not null and notify_result <> 'SUCCESS')));
    -- The how-many-th credit or reversal of the same money: the id at the core is derived from it (R39).
    alter table core_operations add column ordinal int not null default 0;
    create unique index recoveries_one_active on recoveries ((ended_at is null)) where ended_at is null;
  `;
}
