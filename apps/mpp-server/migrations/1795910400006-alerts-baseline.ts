import { ForwardMigration } from './forward-migration.js';

export class AlertsBaseline1795910400006 extends ForwardMigration {
  readonly sql = `
    -- Not partitioned: an alert of a kind about a subject is raised once.
    create table alerts (
      id bigint generated always as identity primary key,
      kind text not null,
      subject text not null,
      customer_id text,
      details json,
      raised_at timestamptz not null,
      constraint alerts_once unique (subject, kind)
    );
  `;
}
