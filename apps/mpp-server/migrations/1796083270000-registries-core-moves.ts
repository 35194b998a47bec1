import { ForwardMigration } from './forward-migration.js';

export class RegistriesCoreMoves1796083270000 extends ForwardMigration {
  readonly sql = `
    -- R40 with the accounts at a bank's core: a customer's money that the settlement of a discrepancy moves there.
    create table registry_core_moves (
      id uuid primary key,
      discrepancy_id bigint not null references registry_discrepancies (id),
      kind text not null check (kind in ('DEBIT', 'CREDIT')),
      reference uuid not null,
      created_at timestamptz not null
    );
    create index registry_core_moves_discrepancy on registry_core_moves (discrepancy_id);
    -- What is requested for differences and not answered yet; a payment's own debit has its id as subject and reference.
    create index core_operations_open_difference on core_operations (reference)
      where state = 'REQUESTED' and subject::text <> reference;
  `;
}
