import { ForwardMigration } from './forward-migration.js';

export class AccessBaseline1795910400002 extends ForwardMigration {
  readonly sql = `
    create table access_development_key (
      id int primary key check (id = 1),
      private_jwk json not null
    );

    create table access_audit (
      id bigint generated always as identity primary key,
      at timestamptz not null,
      actor text not null check (actor <> ''),
      action text not null check (action <> ''),
      subject text not null check (subject <> ''),
      customer_id text,
      reason text,
      details json
    );
    create index access_audit_subject on access_audit (subject, id);
    create index access_audit_action on access_audit (action, id);
    create index access_audit_customer on access_audit (customer_id, id) where customer_id is not null;
  `;
}
