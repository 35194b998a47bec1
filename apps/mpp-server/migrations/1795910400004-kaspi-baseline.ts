import { ForwardMigration } from './forward-migration.js';

export class KaspiBaseline1795910400004 extends ForwardMigration {
  readonly sql = `
    -- Every call to the PS, written before it is sent. A call without an outcome may have arrived (R9).
    create table kaspi_calls (
      request_id text not null,
      attempt int not null check (attempt > 0),
      method text not null check (method in ('scan', 'checkout', 'notifyPayment')),
      payment_id uuid,
      request text not null,
      started_at timestamptz not null,
      finished_at timestamptz,
      outcome text check (outcome in ('ANSWERED', 'NOT_SENT', 'UNKNOWN')),
      http_status int,
      result_code text,
      answer text,
      primary key (request_id, attempt, started_at)
    ) partition by range (started_at);
    create index kaspi_calls_payment on kaspi_calls (payment_id) where payment_id is not null;
    create table kaspi_calls_default partition of kaspi_calls default;
    insert into platform_monthly_tables values ('kaspi_calls');
  `;
}
