import type { QueryRunner } from 'typeorm';
import { ForwardMigration } from './forward-migration.js';

export class KaspiExchanges1795478400003 extends ForwardMigration {
  override async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- Every call to the PS: the row is there before the call leaves. Without an outcome it may have arrived (R9).
      create table kaspi_exchanges (
        request_id text not null,
        attempt int not null check (attempt > 0),
        method text not null check (method in ('scan', 'notifyPayment')),
        payment_id uuid,
        request text not null, -- the customer is masked
        started_at timestamptz not null,
        finished_at timestamptz,
        outcome text check (outcome in ('ANSWERED', 'NOT_SENT', 'UNKNOWN')),
        http_status int,
        result_code text,
        answer text,
        primary key (request_id, attempt, started_at)
      ) partition by range (started_at);
      create index kaspi_exchanges_payment on kaspi_exchanges (payment_id) where payment_id is not null;
      create table kaspi_exchanges_default partition of kaspi_exchanges default;
      insert into platform_monthly_tables values ('kaspi_exchanges');

      -- Joins the caller's transaction: the attempt is on record before its first byte leaves.
      create function kaspi_exchange_begin(
        p_request_id text, p_attempt int, p_method text, p_payment_id uuid, p_request text, p_started_at timestamptz
      ) returns text language plpgsql as $$
      begin
        insert into kaspi_exchanges (request_id, attempt, method, payment_id, request, started_at)
        values (p_request_id, p_attempt, p_method, p_payment_id, p_request, p_started_at);
        return p_request_id;
      end $$;

      -- Writes down how attempts ended. The first end of an attempt stays. p_since keeps the search to the latest
      -- partitions. A function, because PostgreSQL keeps its plan, and planning over partitions is dear.
      create function kaspi_exchanges_end(
        p_request_ids text[], p_attempts int[], p_outcomes text[], p_http_statuses int[], p_result_codes text[],
        p_answers text[], p_payment_ids uuid[], p_finished_at timestamptz, p_since timestamptz
      ) returns void language plpgsql as $$
      begin
        update kaspi_exchanges x set finished_at = p_finished_at, outcome = e.outcome, http_status = e.http_status,
          result_code = e.result_code, answer = e.answer, payment_id = coalesce(e.payment_id, x.payment_id)
        from unnest(p_request_ids, p_attempts, p_outcomes, p_http_statuses, p_result_codes, p_answers, p_payment_ids)
          as e (request_id, attempt, outcome, http_status, result_code, answer, payment_id)
        where x.request_id = e.request_id and x.attempt = e.attempt and x.outcome is null and x.started_at > p_since;
      end $$;
    `);
  }
}
