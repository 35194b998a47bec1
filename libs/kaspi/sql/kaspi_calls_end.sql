-- Records how attempts ended; the first recorded end of an attempt stays. p_since limits the search to the latest partitions.
-- Called by the call log. A function, because PostgreSQL keeps its plan, and planning over partitions is expensive.
create or replace function kaspi_calls_end(
  p_request_ids text[], p_attempts int[], p_outcomes text[], p_http_statuses int[], p_result_codes text[],
  p_answers text[], p_payment_ids uuid[], p_finished_at timestamptz, p_since timestamptz
) returns void language plpgsql as $$
begin
  update kaspi_calls x set finished_at = p_finished_at, outcome = e.outcome, http_status = e.http_status,
    result_code = e.result_code, answer = e.answer, payment_id = coalesce(e.payment_id, x.payment_id)
  from unnest(p_request_ids, p_attempts, p_outcomes, p_http_statuses, p_result_codes, p_answers, p_payment_ids)
    as e (request_id, attempt, outcome, http_status, result_code, answer, payment_id)
  where x.request_id = e.request_id and x.attempt = e.attempt and x.outcome is null and x.started_at > p_since;
end $$;
