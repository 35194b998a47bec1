import { ForwardMigration } from './forward-migration.js';

export class SettlementsBaseline1795910400012 extends ForwardMigration {
  readonly sql = `
    create table registry_settlements (
      id uuid primary key,
      day date not null,
      reference text not null check (reference <> ''),
      amount bigint not null,
      netted bigint not null check (netted >= 0),
      settled_by text not null,
      settled_at timestamptz not null,
      constraint registry_settlements_reference unique (reference),
      constraint registry_settlements_of_something check (amount <> 0 or netted > 0)
    );
    create index registry_settlements_day on registry_settlements (day);
  `;
}
