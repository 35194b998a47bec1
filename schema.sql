create table access_audit (
  id bigint not null generated always as identity,
  at timestamp with time zone not null,
  actor text not null,
  action text not null,
  subject text not null,
  customer_id text,
  reason text,
  details json,
  constraint access_audit_pkey PRIMARY KEY (id),
  constraint access_audit_action_check CHECK ((action <> ''::text)),
  constraint access_audit_actor_check CHECK ((actor <> ''::text)),
  constraint access_audit_subject_check CHECK ((subject <> ''::text))
);
CREATE INDEX access_audit_action ON public.access_audit USING btree (action, id);
CREATE INDEX access_audit_customer ON public.access_audit USING btree (customer_id, id) WHERE (customer_id IS NOT NULL);
CREATE INDEX access_audit_subject ON public.access_audit USING btree (subject, id);
CREATE TRIGGER access_audit_keep BEFORE DELETE OR UPDATE ON public.access_audit FOR EACH ROW EXECUTE FUNCTION platform_refuse();
ALTER TABLE access_audit ENABLE ALWAYS TRIGGER access_audit_keep;
CREATE TRIGGER access_audit_keep_all BEFORE TRUNCATE ON public.access_audit FOR EACH STATEMENT EXECUTE FUNCTION platform_refuse();
ALTER TABLE access_audit ENABLE ALWAYS TRIGGER access_audit_keep_all;

create table access_development_key (
  id integer not null,
  private_jwk json not null,
  constraint access_development_key_pkey PRIMARY KEY (id),
  constraint access_development_key_id_check CHECK ((id = 1))
);

create table alerts (
  id bigint not null generated always as identity,
  kind text not null,
  subject text not null,
  customer_id text,
  details json,
  raised_at timestamp with time zone not null,
  constraint alerts_pkey PRIMARY KEY (id),
  constraint alerts_once UNIQUE (subject, kind)
);
CREATE TRIGGER alerts_keep BEFORE DELETE OR UPDATE ON public.alerts FOR EACH ROW EXECUTE FUNCTION platform_refuse();
ALTER TABLE alerts ENABLE ALWAYS TRIGGER alerts_keep;
CREATE TRIGGER alerts_keep_all BEFORE TRUNCATE ON public.alerts FOR EACH STATEMENT EXECUTE FUNCTION platform_refuse();
ALTER TABLE alerts ENABLE ALWAYS TRIGGER alerts_keep_all;

create table core_operations (
  id uuid not null,
  kind text not null,
  subject uuid not null,
  debit_id uuid,
  customer_id text not null,
  account_id uuid not null,
  core_account text not null,
  amount bigint not null,
  reference text not null,
  description text not null,
  state text not null default 'REQUESTED'::text,
  reason text,
  core_reference text,
  requested_at timestamp with time zone not null,
  answered_at timestamp with time zone,
  due_at timestamp with time zone,
  ordinal integer not null default 0,
  constraint core_operations_pkey PRIMARY KEY (id),
  constraint core_operations_abandoned CHECK (((state <> 'ABANDONED'::text) OR (kind = 'DEBIT'::text))),
  constraint core_operations_amount_check CHECK ((amount > 0)),
  constraint core_operations_answered CHECK (((state = 'REQUESTED'::text) = (answered_at IS NULL))),
  constraint core_operations_core_account_check CHECK (((char_length(core_account) >= 1) AND (char_length(core_account) <= 64))),
  constraint core_operations_kind_check CHECK ((kind = ANY (ARRAY['DEBIT'::text, 'CREDIT'::text, 'REVERSAL'::text]))),
  constraint core_operations_refused CHECK (((state <> 'REFUSED'::text) OR (reason IS NOT NULL))),
  constraint core_operations_reversal CHECK ((((kind = 'REVERSAL'::text) = (debit_id IS NOT NULL)) AND ((kind = 'REVERSAL'::text) = (due_at IS NOT NULL)))),
  constraint core_operations_state_check CHECK ((state = ANY (ARRAY['REQUESTED'::text, 'DONE'::text, 'REFUSED'::text, 'ABANDONED'::text])))
) with (fillfactor=80);
CREATE INDEX core_operations_open_difference ON public.core_operations USING btree (reference) WHERE ((state = 'REQUESTED'::text) AND ((subject)::text <> reference));
CREATE INDEX core_operations_subject ON public.core_operations USING btree (subject);
CREATE UNIQUE INDEX core_operations_one_credit ON public.core_operations USING btree (subject) WHERE ((kind = 'CREDIT'::text) AND (state <> 'REFUSED'::text));
CREATE UNIQUE INDEX core_operations_one_debit ON public.core_operations USING btree (subject) WHERE (kind = 'DEBIT'::text);
CREATE UNIQUE INDEX core_operations_one_reversal ON public.core_operations USING btree (debit_id) WHERE ((kind = 'REVERSAL'::text) AND (state <> 'REFUSED'::text));
CREATE TRIGGER core_operations_check_reversal AFTER INSERT ON public.core_operations FOR EACH ROW WHEN ((new.kind = 'REVERSAL'::text)) EXECUTE FUNCTION core_operations_check_reversal();
ALTER TABLE core_operations ENABLE ALWAYS TRIGGER core_operations_check_reversal;
CREATE TRIGGER core_operations_guard BEFORE UPDATE ON public.core_operations FOR EACH ROW EXECUTE FUNCTION core_operations_guard();
ALTER TABLE core_operations ENABLE ALWAYS TRIGGER core_operations_guard;
CREATE TRIGGER core_operations_keep BEFORE DELETE ON public.core_operations FOR EACH ROW EXECUTE FUNCTION platform_refuse();
ALTER TABLE core_operations ENABLE ALWAYS TRIGGER core_operations_keep;
CREATE TRIGGER core_operations_keep_all BEFORE TRUNCATE ON public.core_operations FOR EACH STATEMENT EXECUTE FUNCTION platform_refuse();
ALTER TABLE core_operations ENABLE ALWAYS TRIGGER core_operations_keep_all;

create table kaspi_calls (
  request_id text not null,
  attempt integer not null,
  method text not null,
  payment_id uuid,
  request text not null,
  started_at timestamp with time zone not null,
  finished_at timestamp with time zone,
  outcome text,
  http_status integer,
  result_code text,
  answer text,
  constraint kaspi_calls_pkey PRIMARY KEY (request_id, attempt, started_at),
  constraint kaspi_calls_attempt_check CHECK ((attempt > 0)),
  constraint kaspi_calls_method_check CHECK ((method = ANY (ARRAY['scan'::text, 'checkout'::text, 'notifyPayment'::text]))),
  constraint kaspi_calls_outcome_check CHECK ((outcome = ANY (ARRAY['ANSWERED'::text, 'NOT_SENT'::text, 'UNKNOWN'::text])))
) partition by RANGE (started_at);
CREATE INDEX kaspi_calls_payment ON ONLY public.kaspi_calls USING btree (payment_id) WHERE (payment_id IS NOT NULL);

create table ledger_accounts (
  id uuid not null,
  kind text not null,
  customer_id text,
  core_account text,
  name text not null,
  currency text not null default 'KZT'::text,
  status text not null default 'OPEN'::text,
  balance bigint,
  created_at timestamp with time zone not null,
  constraint ledger_accounts_pkey PRIMARY KEY (id),
  constraint ledger_accounts_currency_check CHECK ((currency = 'KZT'::text)),
  constraint ledger_accounts_kind_check CHECK ((kind = ANY (ARRAY['CUSTOMER'::text, 'CORE_CUSTOMER'::text, 'FUNDING'::text, 'IN_TRANSIT'::text, 'PAYABLE_TO_KASPI'::text, 'DIFFERENCES'::text, 'RECEIVABLE_FROM_KASPI'::text, 'REFUNDS_IN_SUSPENSE'::text, 'REVERSALS_IN_SUSPENSE'::text, 'FEES'::text, 'BANK'::text]))),
  constraint ledger_accounts_no_overdraft CHECK (((balance >= 0) OR (kind = 'CORE_CUSTOMER'::text))),
  constraint ledger_accounts_status_check CHECK ((status = ANY (ARRAY['OPEN'::text, 'BLOCKED'::text, 'CLOSED'::text])))
) with (fillfactor=80);
CREATE INDEX ledger_accounts_by_age ON public.ledger_accounts USING btree (created_at, id);
CREATE INDEX ledger_accounts_of_customer ON public.ledger_accounts USING btree (customer_id, created_at, id) WHERE (kind = 'CUSTOMER'::text);
CREATE UNIQUE INDEX ledger_accounts_mirror ON public.ledger_accounts USING btree (customer_id, core_account) WHERE (kind = 'CORE_CUSTOMER'::text);
CREATE UNIQUE INDEX ledger_accounts_shared ON public.ledger_accounts USING btree (kind) WHERE (kind <> ALL (ARRAY['CUSTOMER'::text, 'CORE_CUSTOMER'::text]));
CREATE TRIGGER ledger_accounts_guard BEFORE INSERT OR UPDATE ON public.ledger_accounts FOR EACH ROW EXECUTE FUNCTION ledger_guard_account();
ALTER TABLE ledger_accounts ENABLE ALWAYS TRIGGER ledger_accounts_guard;
CREATE TRIGGER ledger_accounts_keep BEFORE DELETE ON public.ledger_accounts FOR EACH ROW EXECUTE FUNCTION platform_refuse();
ALTER TABLE ledger_accounts ENABLE ALWAYS TRIGGER ledger_accounts_keep;
CREATE TRIGGER ledger_accounts_keep_all BEFORE TRUNCATE ON public.ledger_accounts FOR EACH STATEMENT EXECUTE FUNCTION platform_refuse();
ALTER TABLE ledger_accounts ENABLE ALWAYS TRIGGER ledger_accounts_keep_all;

create table ledger_checkpoints (
  account_id uuid not null,
  seal bigint not null,
  last_id bigint not null,
  debited numeric not null,
  credited numeric not null,
  constraint ledger_checkpoints_pkey PRIMARY KEY (account_id, seal)
);
CREATE INDEX ledger_checkpoints_seal ON public.ledger_checkpoints USING btree (seal);
CREATE TRIGGER ledger_checkpoints_keep BEFORE DELETE OR UPDATE ON public.ledger_checkpoints FOR EACH ROW EXECUTE FUNCTION platform_refuse();
ALTER TABLE ledger_checkpoints ENABLE ALWAYS TRIGGER ledger_checkpoints_keep;
CREATE TRIGGER ledger_checkpoints_keep_all BEFORE TRUNCATE ON public.ledger_checkpoints FOR EACH STATEMENT EXECUTE FUNCTION platform_refuse();
ALTER TABLE ledger_checkpoints ENABLE ALWAYS TRIGGER ledger_checkpoints_keep_all;

create table ledger_entries (
  id bigint not null generated always as identity,
  purpose text not null,
  reference text not null,
  debit_account_id uuid not null,
  credit_account_id uuid not null,
  amount bigint not null,
  booked_at timestamp with time zone not null,
  corrects bigint,
  reason text,
  operator text,
  constraint ledger_entries_pkey PRIMARY KEY (id),
  constraint ledger_entries_amount_check CHECK ((amount > 0)),
  constraint ledger_entries_check CHECK ((credit_account_id <> debit_account_id)),
  constraint ledger_entries_purpose_check CHECK ((purpose = ANY (ARRAY['DEPOSIT'::text, 'PAYMENT'::text, 'SETTLEMENT'::text, 'REVERSAL'::text, 'REVERSAL_RELEASE'::text, 'DIFFERENCE'::text, 'DIFFERENCE_DEBIT'::text, 'DIFFERENCE_CREDIT'::text, 'REFUND'::text, 'REFUND_RELEASE'::text, 'FEE'::text, 'NETTING'::text, 'PAYOUT'::text, 'CORRECTION'::text]))),
  constraint ledger_entries_reference_check CHECK ((reference <> ''::text))
);
CREATE INDEX ledger_entries_credit ON public.ledger_entries USING btree (credit_account_id, id);
CREATE INDEX ledger_entries_debit ON public.ledger_entries USING btree (debit_account_id, id);
CREATE INDEX ledger_entries_reference ON public.ledger_entries USING btree (reference);
CREATE UNIQUE INDEX ledger_entries_deposit_once ON public.ledger_entries USING btree (credit_account_id, reference) WHERE (purpose = 'DEPOSIT'::text);
CREATE UNIQUE INDEX ledger_entries_once ON public.ledger_entries USING btree (purpose, COALESCE((corrects)::text, reference)) WHERE (purpose = ANY (ARRAY['FEE'::text, 'NETTING'::text, 'PAYOUT'::text, 'CORRECTION'::text]));
CREATE UNIQUE INDEX ledger_entries_one_end ON public.ledger_entries USING btree (reference) WHERE (purpose = ANY (ARRAY['SETTLEMENT'::text, 'REVERSAL'::text]));
CREATE UNIQUE INDEX ledger_entries_one_payment ON public.ledger_entries USING btree (reference) WHERE (purpose = 'PAYMENT'::text);
CREATE UNIQUE INDEX ledger_entries_one_refund ON public.ledger_entries USING btree (reference) WHERE (purpose = 'REFUND'::text);
CREATE UNIQUE INDEX ledger_entries_one_release ON public.ledger_entries USING btree (reference) WHERE (purpose = ANY (ARRAY['REFUND_RELEASE'::text, 'REVERSAL_RELEASE'::text]));
CREATE TRIGGER ledger_entries_apply AFTER INSERT ON public.ledger_entries FOR EACH ROW EXECUTE FUNCTION ledger_apply_entry();
ALTER TABLE ledger_entries ENABLE ALWAYS TRIGGER ledger_entries_apply;
CREATE TRIGGER ledger_entries_keep BEFORE DELETE OR UPDATE ON public.ledger_entries FOR EACH ROW EXECUTE FUNCTION platform_refuse();
ALTER TABLE ledger_entries ENABLE ALWAYS TRIGGER ledger_entries_keep;
CREATE TRIGGER ledger_entries_keep_all BEFORE TRUNCATE ON public.ledger_entries FOR EACH STATEMENT EXECUTE FUNCTION platform_refuse();
ALTER TABLE ledger_entries ENABLE ALWAYS TRIGGER ledger_entries_keep_all;
CREATE CONSTRAINT TRIGGER registry_entries_check AFTER INSERT ON public.ledger_entries DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((new.purpose = ANY (ARRAY['DIFFERENCE'::text, 'FEE'::text, 'CORRECTION'::text]))) EXECUTE FUNCTION registry_check_entry();
ALTER TABLE ledger_entries ENABLE ALWAYS TRIGGER registry_entries_check;

create table ledger_seals (
  number bigint not null,
  first_id bigint not null,
  last_id bigint not null,
  entries integer not null,
  booked_until timestamp with time zone not null,
  late_by bigint not null,
  hash bytea not null,
  entry_ids bigint[] not null,
  digests bytea not null,
  sealed_at timestamp with time zone not null,
  constraint ledger_seals_pkey PRIMARY KEY (number),
  constraint ledger_seals_check CHECK ((last_id >= first_id)),
  constraint ledger_seals_check1 CHECK (((cardinality(entry_ids) = entries) AND (length(digests) = (8 * entries)))),
  constraint ledger_seals_entries_check CHECK ((entries > 0)),
  constraint ledger_seals_hash_check CHECK ((length(hash) = 32)),
  constraint ledger_seals_late_by_check CHECK ((late_by >= 0)),
  constraint ledger_seals_number_check CHECK ((number > 0))
);
CREATE INDEX ledger_seals_booked ON public.ledger_seals USING btree (booked_until, number);
CREATE INDEX ledger_seals_late ON public.ledger_seals USING btree (late_by);
CREATE UNIQUE INDEX ledger_seals_last ON public.ledger_seals USING btree (last_id);
CREATE TRIGGER ledger_seals_guard BEFORE INSERT ON public.ledger_seals FOR EACH ROW EXECUTE FUNCTION ledger_guard_seal();
ALTER TABLE ledger_seals ENABLE ALWAYS TRIGGER ledger_seals_guard;
CREATE TRIGGER ledger_seals_keep BEFORE DELETE OR UPDATE ON public.ledger_seals FOR EACH ROW EXECUTE FUNCTION platform_refuse();
ALTER TABLE ledger_seals ENABLE ALWAYS TRIGGER ledger_seals_keep;
CREATE TRIGGER ledger_seals_keep_all BEFORE TRUNCATE ON public.ledger_seals FOR EACH STATEMENT EXECUTE FUNCTION platform_refuse();
ALTER TABLE ledger_seals ENABLE ALWAYS TRIGGER ledger_seals_keep_all;

create table ledger_turnovers (
  seal bigint not null,
  kind text not null,
  debited numeric not null,
  credited numeric not null,
  constraint ledger_turnovers_pkey PRIMARY KEY (seal, kind)
);
CREATE TRIGGER ledger_turnovers_keep BEFORE DELETE OR UPDATE ON public.ledger_turnovers FOR EACH ROW EXECUTE FUNCTION platform_refuse();
ALTER TABLE ledger_turnovers ENABLE ALWAYS TRIGGER ledger_turnovers_keep;
CREATE TRIGGER ledger_turnovers_keep_all BEFORE TRUNCATE ON public.ledger_turnovers FOR EACH STATEMENT EXECUTE FUNCTION platform_refuse();
ALTER TABLE ledger_turnovers ENABLE ALWAYS TRIGGER ledger_turnovers_keep_all;

create table ledger_verifications (
  number bigint not null generated always as identity,
  verified_at timestamp with time zone not null,
  entries bigint not null,
  seal bigint,
  hash bytea,
  faults integer not null,
  constraint ledger_verifications_pkey PRIMARY KEY (number),
  constraint ledger_verifications_faults_check CHECK ((faults >= 0))
);
CREATE TRIGGER ledger_verifications_keep BEFORE DELETE OR UPDATE ON public.ledger_verifications FOR EACH ROW EXECUTE FUNCTION platform_refuse();
ALTER TABLE ledger_verifications ENABLE ALWAYS TRIGGER ledger_verifications_keep;
CREATE TRIGGER ledger_verifications_keep_all BEFORE TRUNCATE ON public.ledger_verifications FOR EACH STATEMENT EXECUTE FUNCTION platform_refuse();
ALTER TABLE ledger_verifications ENABLE ALWAYS TRIGGER ledger_verifications_keep_all;

create table notification_attempts (
  notification_id uuid not null,
  attempt integer not null,
  started_at timestamp with time zone not null,
  finished_at timestamp with time zone,
  outcome text,
  http_status integer,
  error text,
  constraint notification_attempts_pkey PRIMARY KEY (notification_id, attempt, started_at),
  constraint notification_attempts_attempt_check CHECK ((attempt > 0)),
  constraint notification_attempts_check CHECK (((finished_at IS NULL) = (outcome IS NULL))),
  constraint notification_attempts_check1 CHECK (((COALESCE(outcome, 'NO_ANSWER'::text) <> 'NO_ANSWER'::text) = (http_status IS NOT NULL))),
  constraint notification_attempts_outcome_check CHECK ((outcome = ANY (ARRAY['DELIVERED'::text, 'REFUSED'::text, 'NO_ANSWER'::text])))
) partition by RANGE (started_at);

create table notifications (
  id uuid not null,
  type text not null,
  subject text not null,
  customer_id text not null,
  body text not null,
  status text not null default 'PENDING'::text,
  attempts integer not null default 0,
  due_since timestamp with time zone not null,
  delivered_at timestamp with time zone,
  last_error text,
  created_at timestamp with time zone not null,
  constraint notifications_pkey PRIMARY KEY (id),
  constraint notifications_attempts_check CHECK ((attempts >= 0)),
  constraint notifications_body_check CHECK ((body <> ''::text)),
  constraint notifications_delivered CHECK (((status <> 'DELIVERED'::text) OR ((delivered_at IS NOT NULL) AND (attempts > 0)))),
  constraint notifications_due_since CHECK ((due_since >= created_at)),
  constraint notifications_failed CHECK (((status <> 'FAILED'::text) OR ((last_error IS NOT NULL) AND (attempts > 0)))),
  constraint notifications_status_check CHECK ((status = ANY (ARRAY['PENDING'::text, 'DELIVERED'::text, 'FAILED'::text]))),
  constraint notifications_subject_check CHECK ((subject <> ''::text)),
  constraint notifications_type_check CHECK ((type <> ''::text))
) with (fillfactor=85);
CREATE INDEX notifications_customer ON public.notifications USING btree (customer_id, created_at DESC, id DESC);
CREATE INDEX notifications_latest ON public.notifications USING btree (created_at DESC, id DESC);
CREATE INDEX notifications_subject ON public.notifications USING btree (subject);
CREATE INDEX notifications_undelivered ON public.notifications USING btree (status, created_at DESC, id DESC) WHERE (status <> 'DELIVERED'::text);
CREATE TRIGGER notifications_guard BEFORE UPDATE ON public.notifications FOR EACH ROW EXECUTE FUNCTION notifications_guard();
ALTER TABLE notifications ENABLE ALWAYS TRIGGER notifications_guard;
CREATE TRIGGER notifications_keep BEFORE DELETE ON public.notifications FOR EACH ROW EXECUTE FUNCTION platform_refuse();
ALTER TABLE notifications ENABLE ALWAYS TRIGGER notifications_keep;
CREATE TRIGGER notifications_keep_all BEFORE TRUNCATE ON public.notifications FOR EACH STATEMENT EXECUTE FUNCTION platform_refuse();
ALTER TABLE notifications ENABLE ALWAYS TRIGGER notifications_keep_all;

create table outbox_done (
  id uuid not null,
  topic text not null,
  key text not null,
  payload json not null,
  attempts integer not null,
  deadline timestamp with time zone,
  last_error text,
  created_at timestamp with time zone not null,
  done_at timestamp with time zone not null,
  constraint outbox_done_pkey PRIMARY KEY (id, done_at)
) partition by RANGE (done_at);
CREATE INDEX outbox_done_key ON ONLY public.outbox_done USING btree (key);

create table outbox_messages (
  id uuid not null,
  topic text not null,
  key text not null,
  payload json not null,
  attempts integer not null default 0,
  next_attempt_at timestamp with time zone not null,
  lease uuid,
  deadline timestamp with time zone,
  last_error text,
  created_at timestamp with time zone not null,
  constraint outbox_messages_pkey PRIMARY KEY (id),
  constraint outbox_messages_attempts_check CHECK ((attempts >= 0))
) with (fillfactor=70, autovacuum_vacuum_scale_factor=0.02, autovacuum_vacuum_cost_delay=0);
CREATE INDEX outbox_messages_deadline ON public.outbox_messages USING btree (topic, deadline, next_attempt_at) WHERE (deadline IS NOT NULL);
CREATE INDEX outbox_messages_due ON public.outbox_messages USING btree (topic, next_attempt_at);
CREATE INDEX outbox_messages_key ON public.outbox_messages USING btree (key);

create table platform_monthly_tables (
  name text not null,
  constraint platform_monthly_tables_pkey PRIMARY KEY (name)
);

create table platform_sql_files (
  path text not null,
  checksum text not null,
  constraint platform_sql_files_pkey PRIMARY KEY (path, checksum)
);

create table qr_payment_history (
  payment_id uuid not null,
  version integer not null,
  status text not null,
  reason text,
  at timestamp with time zone not null,
  constraint qr_payment_history_pkey PRIMARY KEY (payment_id, version, at)
) partition by RANGE (at);

create table qr_payment_reversals (
  payment_id uuid not null,
  customer_id text not null,
  amount bigint not null,
  account_id uuid not null,
  credit_by timestamp with time zone not null,
  next_escalation_at timestamp with time zone,
  suspended_at timestamp with time zone,
  credited_at timestamp with time zone,
  credited_account_id uuid,
  created_at timestamp with time zone not null,
  constraint qr_payment_reversals_pkey PRIMARY KEY (payment_id),
  constraint qr_payment_reversals_amount_check CHECK ((amount > 0)),
  constraint qr_payment_reversals_credited CHECK (((credited_at IS NULL) = (credited_account_id IS NULL))),
  constraint qr_payment_reversals_escalates CHECK (((next_escalation_at IS NULL) OR (credited_at IS NULL)))
) with (fillfactor=80);
CREATE INDEX qr_payment_reversals_escalating ON public.qr_payment_reversals USING btree (next_escalation_at) WHERE (next_escalation_at IS NOT NULL);
CREATE INDEX qr_payment_reversals_waiting ON public.qr_payment_reversals USING btree (credit_by) WHERE (credited_at IS NULL);
CREATE CONSTRAINT TRIGGER qr_payment_reversals_check AFTER INSERT OR UPDATE ON public.qr_payment_reversals DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION qr_payment_reversals_check();
ALTER TABLE qr_payment_reversals ENABLE ALWAYS TRIGGER qr_payment_reversals_check;
CREATE TRIGGER qr_payment_reversals_guard BEFORE UPDATE ON public.qr_payment_reversals FOR EACH ROW EXECUTE FUNCTION qr_payment_reversals_guard();
ALTER TABLE qr_payment_reversals ENABLE ALWAYS TRIGGER qr_payment_reversals_guard;
CREATE TRIGGER qr_payment_reversals_keep BEFORE DELETE ON public.qr_payment_reversals FOR EACH ROW EXECUTE FUNCTION platform_refuse();
ALTER TABLE qr_payment_reversals ENABLE ALWAYS TRIGGER qr_payment_reversals_keep;
CREATE TRIGGER qr_payment_reversals_keep_all BEFORE TRUNCATE ON public.qr_payment_reversals FOR EACH STATEMENT EXECUTE FUNCTION platform_refuse();
ALTER TABLE qr_payment_reversals ENABLE ALWAYS TRIGGER qr_payment_reversals_keep_all;

create table qr_payments (
  id uuid not null,
  kaspi_payment_id text not null,
  customer_id text not null,
  qr_code_type text not null,
  status text not null,
  version integer not null default 0,
  amount bigint,
  refunded_amount bigint not null default 0,
  account_id uuid,
  confirm_until timestamp with time zone,
  answered_at timestamp with time zone not null,
  expires_at timestamp with time zone,
  merchant_id text,
  merchant_name text,
  merchant_mcc text,
  service json,
  form_values json,
  failure_code text,
  kaspi_result_code text,
  notify_result text,
  debit_requested_at timestamp with time zone,
  debited_at timestamp with time zone,
  confirmed_at timestamp with time zone,
  settled_by text,
  doubted_at timestamp with time zone,
  contradicted_by text,
  contradicted_at timestamp with time zone,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  seen_amount bigint,
  constraint qr_payments_pkey PRIMARY KEY (id),
  constraint qr_payments_amount_check CHECK ((amount > 0)),
  constraint qr_payments_contradiction CHECK ((((contradicted_at IS NULL) = (contradicted_by IS NULL)) AND ((contradicted_at IS NULL) OR (settled_by IS NOT NULL) OR ((notify_result IS NOT NULL) AND (notify_result <> 'SUCCESS'::text))))),
  constraint qr_payments_customer_id_check CHECK ((customer_id <> ''::text)),
  constraint qr_payments_debit_requested CHECK (((debit_requested_at IS NULL) OR (status = ANY (ARRAY['DEBITING'::text, 'PROCESSING'::text, 'IN_DOUBT'::text, 'REVERSING'::text, 'CONFIRMED'::text, 'REVERSED'::text])))),
  constraint qr_payments_debited CHECK (
CASE
    WHEN (status = ANY (ARRAY['PROCESSING'::text, 'IN_DOUBT'::text, 'CONFIRMED'::text])) THEN ((debited_at IS NOT NULL) AND (account_id IS NOT NULL) AND (amount IS NOT NULL) AND (notify_result IS NOT NULL))
    WHEN (status = ANY (ARRAY['REVERSING'::text, 'REVERSED'::text])) THEN ((COALESCE(debited_at, debit_requested_at) IS NOT NULL) AND (account_id IS NOT NULL) AND (amount IS NOT NULL) AND (notify_result IS NOT NULL))
    WHEN (status = 'DEBITING'::text) THEN ((debit_requested_at IS NOT NULL) AND (debited_at IS NULL) AND (account_id IS NOT NULL) AND (amount IS NOT NULL))
    ELSE true
END),
  constraint qr_payments_filled_in CHECK (((qr_code_type <> 'Custom'::text) OR (amount IS NULL) OR (form_values IS NOT NULL))),
  constraint qr_payments_form CHECK (((service IS NOT NULL) = (qr_code_type = 'Custom'::text))),
  constraint qr_payments_kaspi_payment_id_check CHECK ((kaspi_payment_id <> ''::text)),
  constraint qr_payments_notify_result_check CHECK ((notify_result = ANY (ARRAY['SUCCESS'::text, 'CANCELLED_BY_CLIENT'::text, 'PROCESS_FAIL'::text, 'RISK_REJECT'::text]))),
  constraint qr_payments_priced CHECK (((status <> 'AWAITING_CONFIRMATION'::text) OR (amount IS NOT NULL))),
  constraint qr_payments_qr_code_type_check CHECK ((qr_code_type = ANY (ARRAY['Dynamic'::text, 'Static'::text, 'Custom'::text]))),
  constraint qr_payments_refunded_amount_check CHECK ((refunded_amount >= 0)),
  constraint qr_payments_settled CHECK (((settled_by IS NOT NULL) = (status = ANY (ARRAY['CONFIRMED'::text, 'REVERSING'::text, 'REVERSED'::text])))),
  constraint qr_payments_settled_by_check CHECK ((settled_by = ANY (ARRAY['KASPI'::text, 'OPERATOR'::text, 'REFUND'::text, 'REGISTRY'::text, 'DEADLINE'::text]))),
  constraint qr_payments_status_check CHECK ((status = ANY (ARRAY['AWAITING_AMOUNT'::text, 'AWAITING_CHECKOUT'::text, 'AWAITING_CONFIRMATION'::text, 'DEBITING'::text, 'PROCESSING'::text, 'IN_DOUBT'::text, 'REVERSING'::text, 'CONFIRMED'::text, 'REVERSED'::text, 'DECLINED'::text, 'CANCELLED'::text, 'EXPIRED'::text]))),
  constraint qr_payments_status_result CHECK (
CASE
    WHEN (status = ANY (ARRAY['AWAITING_AMOUNT'::text, 'AWAITING_CHECKOUT'::text, 'AWAITING_CONFIRMATION'::text, 'DEBITING'::text])) THEN (notify_result IS NULL)
    WHEN (status = ANY (ARRAY['PROCESSING'::text, 'IN_DOUBT'::text, 'CONFIRMED'::text])) THEN (NOT (notify_result IS DISTINCT FROM 'SUCCESS'::text))
    WHEN (status = ANY (ARRAY['REVERSING'::text, 'REVERSED'::text])) THEN (COALESCE(notify_result, ''::text) = ANY (ARRAY['SUCCESS'::text, 'PROCESS_FAIL'::text]))
    WHEN (status = 'DECLINED'::text) THEN (COALESCE(notify_result, ''::text) = ANY (ARRAY['PROCESS_FAIL'::text, 'RISK_REJECT'::text]))
    WHEN (status = ANY (ARRAY['CANCELLED'::text, 'EXPIRED'::text])) THEN (COALESCE(notify_result, 'CANCELLED_BY_CLIENT'::text) = 'CANCELLED_BY_CLIENT'::text)
    ELSE true
END),
  constraint qr_payments_undebited CHECK (((status = ANY (ARRAY['DEBITING'::text, 'PROCESSING'::text, 'IN_DOUBT'::text, 'REVERSING'::text, 'CONFIRMED'::text, 'REVERSED'::text])) OR (debited_at IS NULL))),
  constraint qr_payments_waiting CHECK (((expires_at IS NOT NULL) = (status = ANY (ARRAY['AWAITING_AMOUNT'::text, 'AWAITING_CHECKOUT'::text, 'AWAITING_CONFIRMATION'::text])))),
  constraint qr_payments_whole_tenge CHECK (((qr_code_type = 'Dynamic'::text) OR ((amount % (100)::bigint) = 0)))
) with (fillfactor=80);
CREATE INDEX qr_payments_by_age ON public.qr_payments USING btree (created_at DESC, id DESC);
CREATE INDEX qr_payments_contradicted ON public.qr_payments USING btree (contradicted_at) WHERE (contradicted_at IS NOT NULL);
CREATE INDEX qr_payments_debited_when ON public.qr_payments USING brin (debited_at) WITH (pages_per_range='32', autosummarize='on');
CREATE INDEX qr_payments_debits_of_customer ON public.qr_payments USING btree (customer_id, debited_at) WHERE (debited_at IS NOT NULL);
CREATE INDEX qr_payments_doubted ON public.qr_payments USING btree (doubted_at) WHERE (doubted_at IS NOT NULL);
CREATE INDEX qr_payments_expiring ON public.qr_payments USING btree (expires_at) WHERE (expires_at IS NOT NULL);
CREATE INDEX qr_payments_of_customer ON public.qr_payments USING btree (customer_id, created_at DESC, id DESC);
CREATE INDEX qr_payments_requested_of_customer ON public.qr_payments USING btree (customer_id, debit_requested_at) WHERE (debit_requested_at IS NOT NULL);
CREATE UNIQUE INDEX qr_payments_of_purchase ON public.qr_payments USING btree (kaspi_payment_id, customer_id);
CREATE UNIQUE INDEX qr_payments_one_result ON public.qr_payments USING btree (kaspi_payment_id) WHERE ((notify_result IS NOT NULL) OR (debit_requested_at IS NOT NULL));
CREATE CONSTRAINT TRIGGER qr_payments_core AFTER UPDATE ON public.qr_payments DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (((new.debit_requested_at IS NOT NULL) AND (new.status IS DISTINCT FROM old.status))) EXECUTE FUNCTION qr_payments_check_core();
ALTER TABLE qr_payments ENABLE ALWAYS TRIGGER qr_payments_core;
CREATE TRIGGER qr_payments_guard BEFORE UPDATE ON public.qr_payments FOR EACH ROW EXECUTE FUNCTION qr_payments_guard();
ALTER TABLE qr_payments ENABLE ALWAYS TRIGGER qr_payments_guard;
CREATE TRIGGER qr_payments_guard_refunded BEFORE UPDATE ON public.qr_payments FOR EACH ROW WHEN ((new.refunded_amount < old.refunded_amount)) EXECUTE FUNCTION qr_payments_guard_refunded();
ALTER TABLE qr_payments ENABLE ALWAYS TRIGGER qr_payments_guard_refunded;
CREATE TRIGGER qr_payments_keep BEFORE DELETE ON public.qr_payments FOR EACH ROW EXECUTE FUNCTION platform_refuse();
ALTER TABLE qr_payments ENABLE ALWAYS TRIGGER qr_payments_keep;
CREATE TRIGGER qr_payments_keep_all BEFORE TRUNCATE ON public.qr_payments FOR EACH STATEMENT EXECUTE FUNCTION platform_refuse();
ALTER TABLE qr_payments ENABLE ALWAYS TRIGGER qr_payments_keep_all;
CREATE CONSTRAINT TRIGGER qr_payments_reversal AFTER UPDATE ON public.qr_payments DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (((new.status = ANY (ARRAY['REVERSING'::text, 'REVERSED'::text])) AND (new.status IS DISTINCT FROM old.status))) EXECUTE FUNCTION qr_payments_check_reversal();
ALTER TABLE qr_payments ENABLE ALWAYS TRIGGER qr_payments_reversal;
CREATE CONSTRAINT TRIGGER refunds_sum_of_new_payment AFTER INSERT ON public.qr_payments DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((new.refunded_amount > 0)) EXECUTE FUNCTION refunds_check_payment();
ALTER TABLE qr_payments ENABLE ALWAYS TRIGGER refunds_sum_of_new_payment;
CREATE CONSTRAINT TRIGGER refunds_sum_of_payment AFTER UPDATE ON public.qr_payments DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((new.refunded_amount IS DISTINCT FROM old.refunded_amount)) EXECUTE FUNCTION refunds_check_payment();
ALTER TABLE qr_payments ENABLE ALWAYS TRIGGER refunds_sum_of_payment;
CREATE TRIGGER refunds_within_payment BEFORE UPDATE ON public.qr_payments FOR EACH ROW WHEN ((new.refunded_amount > old.refunded_amount)) EXECUTE FUNCTION refunds_within_payment();
ALTER TABLE qr_payments ENABLE ALWAYS TRIGGER refunds_within_payment;

create table receipts (
  payment_id uuid not null,
  link_receipt text,
  pdf_receipt text,
  kaspi_operation_id text,
  received_at timestamp with time zone not null,
  constraint receipts_pkey PRIMARY KEY (payment_id)
);
CREATE INDEX receipts_operation ON public.receipts USING btree (kaspi_operation_id) WHERE (kaspi_operation_id IS NOT NULL);

create table recoveries (
  recovered_from timestamp with time zone not null,
  started_at timestamp with time zone not null,
  ended_at timestamp with time zone,
  ended_by text,
  reason text,
  constraint recoveries_pkey PRIMARY KEY (recovered_from),
  constraint recoveries_ended CHECK ((((ended_at IS NULL) = (ended_by IS NULL)) AND ((ended_at IS NULL) = (reason IS NULL))))
);
CREATE UNIQUE INDEX recoveries_one_active ON public.recoveries USING btree (((ended_at IS NULL))) WHERE (ended_at IS NULL);

create table refund_calls (
  id uuid not null,
  refund_id text,
  request_id text not null,
  body text,
  http_status integer not null,
  result_code text not null,
  remark text,
  received_at timestamp with time zone not null,
  constraint refund_calls_pkey PRIMARY KEY (id, received_at)
) partition by RANGE (received_at);
CREATE INDEX refund_calls_refund ON ONLY public.refund_calls USING btree (refund_id) WHERE (refund_id IS NOT NULL);
CREATE INDEX refund_calls_refused ON ONLY public.refund_calls USING btree (received_at DESC, id DESC) WHERE (result_code <> 'SUCCESS'::text);

create table refunds (
  id uuid not null,
  refund_id text not null,
  fingerprint text not null,
  result_code text not null,
  result_message text not null,
  refusal text,
  status text not null,
  customer_id text,
  kaspi_payment_id text,
  payment_id uuid,
  amount bigint,
  account_id uuid,
  link_receipt text,
  pdf_receipt text,
  kaspi_operation_id text,
  credit_by timestamp with time zone,
  next_escalation_at timestamp with time zone,
  suspended_at timestamp with time zone,
  credited_at timestamp with time zone,
  credited_account_id uuid,
  created_at timestamp with time zone not null,
  recheck_at timestamp with time zone,
  taken_up_at timestamp with time zone,
  constraint refunds_pkey PRIMARY KEY (id),
  constraint refunds_refund_id UNIQUE (refund_id),
  constraint refunds_accepted CHECK (((status = 'REFUSED'::text) OR ((customer_id IS NOT NULL) AND (kaspi_payment_id IS NOT NULL) AND (payment_id IS NOT NULL) AND (amount IS NOT NULL) AND (account_id IS NOT NULL) AND (credit_by IS NOT NULL)))),
  constraint refunds_amount_check CHECK ((amount > 0)),
  constraint refunds_credited CHECK (((status = 'CREDITED'::text) = (credited_at IS NOT NULL))),
  constraint refunds_escalates CHECK (((next_escalation_at IS NULL) OR (status = ANY (ARRAY['ACCEPTED'::text, 'SUSPENDED'::text])))),
  constraint refunds_recheck CHECK (((recheck_at IS NULL) OR (status = 'REFUSED'::text))),
  constraint refunds_refund_id_check CHECK (((char_length(refund_id) >= 1) AND (char_length(refund_id) <= 64))),
  constraint refunds_refused CHECK ((((status = 'REFUSED'::text) = (result_code <> 'SUCCESS'::text)) AND ((status = 'REFUSED'::text) = (refusal IS NOT NULL)))),
  constraint refunds_result_code_check CHECK ((result_code = ANY (ARRAY['SUCCESS'::text, 'PARAM_ILLEGAL'::text]))),
  constraint refunds_result_message_check CHECK ((char_length(result_message) <= 256)),
  constraint refunds_status_check CHECK ((status = ANY (ARRAY['REFUSED'::text, 'ACCEPTED'::text, 'SUSPENDED'::text, 'CREDITED'::text]))),
  constraint refunds_suspended CHECK (((status <> 'SUSPENDED'::text) OR (suspended_at IS NOT NULL)))
) with (fillfactor=80);
CREATE INDEX refunds_by_age ON public.refunds USING btree (created_at DESC, id DESC);
CREATE INDEX refunds_escalating ON public.refunds USING btree (next_escalation_at) WHERE (next_escalation_at IS NOT NULL);
CREATE INDEX refunds_of_customer ON public.refunds USING btree (customer_id, created_at DESC, id DESC) WHERE (customer_id IS NOT NULL);
CREATE INDEX refunds_of_payment ON public.refunds USING btree (payment_id) WHERE (payment_id IS NOT NULL);
CREATE INDEX refunds_of_purchase ON public.refunds USING btree (kaspi_payment_id, created_at DESC, id DESC) WHERE (kaspi_payment_id IS NOT NULL);
CREATE INDEX refunds_operation ON public.refunds USING btree (kaspi_operation_id) WHERE (kaspi_operation_id IS NOT NULL);
CREATE INDEX refunds_taken_up ON public.refunds USING btree (kaspi_payment_id) WHERE (taken_up_at IS NOT NULL);
CREATE INDEX refunds_waiting ON public.refunds USING btree (credit_by) WHERE (status = ANY (ARRAY['ACCEPTED'::text, 'SUSPENDED'::text]));
CREATE CONSTRAINT TRIGGER refunds_credit AFTER INSERT OR UPDATE ON public.refunds DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((new.status = ANY (ARRAY['SUSPENDED'::text, 'CREDITED'::text]))) EXECUTE FUNCTION refunds_check_credit();
ALTER TABLE refunds ENABLE ALWAYS TRIGGER refunds_credit;
CREATE TRIGGER refunds_durable AFTER INSERT ON public.refunds FOR EACH STATEMENT EXECUTE FUNCTION refunds_durable();
ALTER TABLE refunds ENABLE ALWAYS TRIGGER refunds_durable;
CREATE TRIGGER refunds_guard BEFORE UPDATE ON public.refunds FOR EACH ROW EXECUTE FUNCTION refunds_guard();
ALTER TABLE refunds ENABLE ALWAYS TRIGGER refunds_guard;
CREATE TRIGGER refunds_keep BEFORE DELETE ON public.refunds FOR EACH ROW EXECUTE FUNCTION platform_refuse();
ALTER TABLE refunds ENABLE ALWAYS TRIGGER refunds_keep;
CREATE TRIGGER refunds_keep_all BEFORE TRUNCATE ON public.refunds FOR EACH STATEMENT EXECUTE FUNCTION platform_refuse();
ALTER TABLE refunds ENABLE ALWAYS TRIGGER refunds_keep_all;
CREATE CONSTRAINT TRIGGER refunds_sum AFTER INSERT ON public.refunds DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((new.status <> 'REFUSED'::text)) EXECUTE FUNCTION refunds_check_sum();
ALTER TABLE refunds ENABLE ALWAYS TRIGGER refunds_sum;
CREATE CONSTRAINT TRIGGER refunds_sum_of_accepted AFTER UPDATE ON public.refunds DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (((old.status = 'REFUSED'::text) AND (new.status <> 'REFUSED'::text))) EXECUTE FUNCTION refunds_check_sum();
ALTER TABLE refunds ENABLE ALWAYS TRIGGER refunds_sum_of_accepted;
CREATE TRIGGER registry_check_accepted_refund BEFORE UPDATE ON public.refunds FOR EACH ROW WHEN (((old.status = 'REFUSED'::text) AND (new.status <> 'REFUSED'::text) AND (new.kaspi_operation_id IS NOT NULL))) EXECUTE FUNCTION registry_check_refund();
ALTER TABLE refunds ENABLE ALWAYS TRIGGER registry_check_accepted_refund;
CREATE TRIGGER registry_check_refund BEFORE INSERT ON public.refunds FOR EACH ROW WHEN (((new.status <> 'REFUSED'::text) AND (new.kaspi_operation_id IS NOT NULL))) EXECUTE FUNCTION registry_check_refund();
ALTER TABLE refunds ENABLE ALWAYS TRIGGER registry_check_refund;

create table registries (
  id uuid not null,
  content_hash text not null,
  name text not null,
  size integer not null,
  source text not null,
  received_from text,
  received_at timestamp with time zone not null,
  status text not null,
  failure text,
  kind text,
  period_from date,
  period_to date,
  read_to integer not null default 0,
  rows integer not null default 0,
  matched integer not null default 0,
  row_errors integer not null default 0,
  amount bigint,
  fee bigint,
  stated_row integer,
  stated_rows integer,
  stated_amount bigint,
  stated_fee bigint,
  attempts integer not null default 0,
  lease uuid,
  leased_until timestamp with time zone,
  reconciled_at timestamp with time zone,
  accepted_at timestamp with time zone,
  accepted_by text,
  fee_corrected_at timestamp with time zone,
  constraint registries_pkey PRIMARY KEY (id),
  constraint registries_content UNIQUE (content_hash),
  constraint registries_daily_once EXCLUDE USING gist (daterange(period_from, period_to, '[]'::text) WITH &&) WHERE (((status = 'ACCEPTED'::text) AND (kind = 'DAILY'::text) AND (fee_corrected_at IS NULL))),
  constraint registries_monthly_once EXCLUDE USING gist (daterange(period_from, period_to, '[]'::text) WITH &&) WHERE (((status = 'ACCEPTED'::text) AND (kind = 'MONTHLY'::text) AND (fee_corrected_at IS NULL))),
  constraint registries_accepted CHECK ((((status = 'ACCEPTED'::text) = (accepted_at IS NOT NULL)) AND ((accepted_at IS NULL) = (accepted_by IS NULL)))),
  constraint registries_content_hash_check CHECK ((content_hash ~ '^[0-9a-f]{64}$'::text)),
  constraint registries_failed CHECK (((status = 'FAILED'::text) = (failure IS NOT NULL))),
  constraint registries_fee_corrected CHECK (((fee_corrected_at IS NULL) OR (status = 'ACCEPTED'::text))),
  constraint registries_kind_check CHECK ((kind = ANY (ARRAY['DAILY'::text, 'MONTHLY'::text]))),
  constraint registries_leased CHECK ((((lease IS NULL) = (leased_until IS NULL)) AND ((lease IS NULL) OR (status = 'PROCESSING'::text)))),
  constraint registries_name_check CHECK ((name <> ''::text)),
  constraint registries_period CHECK ((period_from <= period_to)),
  constraint registries_reconciled CHECK (((status <> ALL (ARRAY['RECONCILED'::text, 'ACCEPTED'::text])) OR ((kind IS NOT NULL) AND (period_from IS NOT NULL) AND (period_to IS NOT NULL) AND (amount IS NOT NULL) AND (fee IS NOT NULL) AND (reconciled_at IS NOT NULL)))),
  constraint registries_size_check CHECK ((size >= 0)),
  constraint registries_source_check CHECK ((source = ANY (ARRAY['UPLOAD'::text, 'MAIL'::text, 'FOLDER'::text, 'COMMAND'::text]))),
  constraint registries_status_check CHECK ((status = ANY (ARRAY['PROCESSING'::text, 'RECONCILED'::text, 'ACCEPTED'::text, 'FAILED'::text])))
) with (fillfactor=70);
CREATE INDEX registries_by_age ON public.registries USING btree (received_at DESC, id DESC);
CREATE INDEX registries_by_period ON public.registries USING btree (kind, period_to, period_from);
CREATE INDEX registries_processing ON public.registries USING btree (received_at) WHERE (status = 'PROCESSING'::text);
CREATE TRIGGER registries_guard BEFORE UPDATE ON public.registries FOR EACH ROW EXECUTE FUNCTION registries_guard();
ALTER TABLE registries ENABLE ALWAYS TRIGGER registries_guard;
CREATE TRIGGER registries_keep BEFORE DELETE ON public.registries FOR EACH ROW EXECUTE FUNCTION platform_refuse();
ALTER TABLE registries ENABLE ALWAYS TRIGGER registries_keep;
CREATE TRIGGER registries_keep_all BEFORE TRUNCATE ON public.registries FOR EACH STATEMENT EXECUTE FUNCTION platform_refuse();
ALTER TABLE registries ENABLE ALWAYS TRIGGER registries_keep_all;

create table registry_adjustments (
  id uuid not null,
  type text not null,
  subject text not null,
  copy_of uuid,
  payment_id uuid,
  kaspi_operation_id text,
  mpp_payment_id text,
  at timestamp with time zone not null,
  customer_id text,
  amount bigint not null,
  mcc text,
  payment_fee bigint,
  service_fee bigint,
  adjusted_at timestamp with time zone not null,
  constraint registry_adjustments_pkey PRIMARY KEY (id),
  constraint registry_adjustments_amount_check CHECK ((amount >= 0)),
  constraint registry_adjustments_copy CHECK (((copy_of IS NULL) OR (subject = 'ROW'::text))),
  constraint registry_adjustments_subject CHECK (
CASE subject
    WHEN 'PAYMENT'::text THEN ((type = 'PURCHASE'::text) AND (payment_id = id))
    WHEN 'REFUND'::text THEN ((type = 'REFUND'::text) AND (payment_id IS NOT NULL))
    ELSE true
END),
  constraint registry_adjustments_subject_check CHECK ((subject = ANY (ARRAY['PAYMENT'::text, 'REFUND'::text, 'ROW'::text]))),
  constraint registry_adjustments_type_check CHECK ((type = ANY (ARRAY['PURCHASE'::text, 'REFUND'::text])))
);
CREATE INDEX registry_adjustments_at ON public.registry_adjustments USING btree (at);
CREATE INDEX registry_adjustments_copies ON public.registry_adjustments USING btree (copy_of) WHERE (copy_of IS NOT NULL);
CREATE INDEX registry_adjustments_operation ON public.registry_adjustments USING btree (kaspi_operation_id) WHERE (subject = 'ROW'::text);

create table registry_core_moves (
  id uuid not null,
  discrepancy_id bigint not null,
  kind text not null,
  reference uuid not null,
  created_at timestamp with time zone not null,
  constraint registry_core_moves_pkey PRIMARY KEY (id),
  constraint registry_core_moves_discrepancy_id_fkey FOREIGN KEY (discrepancy_id) REFERENCES registry_discrepancies(id),
  constraint registry_core_moves_kind_check CHECK ((kind = ANY (ARRAY['DEBIT'::text, 'CREDIT'::text])))
);
CREATE INDEX registry_core_moves_discrepancy ON public.registry_core_moves USING btree (discrepancy_id);
CREATE TRIGGER registry_core_moves_keep BEFORE DELETE OR UPDATE ON public.registry_core_moves FOR EACH ROW EXECUTE FUNCTION platform_refuse();
ALTER TABLE registry_core_moves ENABLE ALWAYS TRIGGER registry_core_moves_keep;
CREATE TRIGGER registry_core_moves_keep_all BEFORE TRUNCATE ON public.registry_core_moves FOR EACH STATEMENT EXECUTE FUNCTION platform_refuse();
ALTER TABLE registry_core_moves ENABLE ALWAYS TRIGGER registry_core_moves_keep_all;

create table registry_discrepancies (
  id bigint not null generated always as identity,
  registry_id uuid,
  kind text not null,
  subject text not null,
  row integer,
  kaspi_operation_id text,
  mpp_payment_id text,
  payment_id uuid,
  refund uuid,
  expected text,
  actual text,
  proposal text,
  status text not null,
  closed_by_itself boolean not null default false,
  note text,
  found_at timestamp with time zone not null,
  changed_at timestamp with time zone not null,
  action text,
  action_account text,
  action_reason text,
  action_at timestamp with time zone,
  action_by text,
  adjustment_id uuid,
  constraint registry_discrepancies_pkey PRIMARY KEY (id),
  constraint registry_discrepancies_once UNIQUE (registry_id, kind, subject),
  constraint registry_discrepancies_registry_id_fkey FOREIGN KEY (registry_id) REFERENCES registries(id),
  constraint registry_discrepancies_action CHECK ((num_nonnulls(action, action_reason, action_at, action_by) = ANY (ARRAY[0, 4]))),
  constraint registry_discrepancies_action_check CHECK ((action = ANY (ARRAY['TAKE_UP'::text, 'GIVE_BACK'::text, 'CONFIRM'::text, 'BOOK_DIFFERENCE'::text, 'EXPLAIN'::text]))),
  constraint registry_discrepancies_by_itself CHECK (((NOT closed_by_itself) OR (status = 'EXPLAINED'::text))),
  constraint registry_discrepancies_kind_check CHECK ((kind = ANY (ARRAY['MISSING_AT_MPP'::text, 'MISSING_AT_KASPI'::text, 'AMOUNT_MISMATCH'::text, 'STATUS_MISMATCH'::text, 'CUSTOMER_MISMATCH'::text, 'FEE_MISMATCH'::text, 'DUPLICATE_ROW'::text, 'TOTAL_MISMATCH'::text]))),
  constraint registry_discrepancies_proposal_check CHECK ((proposal = 'REVERSE'::text)),
  constraint registry_discrepancies_status_check CHECK ((status = ANY (ARRAY['OPEN'::text, 'EXPLAINED'::text, 'RESOLVED'::text])))
) with (fillfactor=80);
CREATE INDEX registry_discrepancies_open ON public.registry_discrepancies USING btree (registry_id, id) WHERE (status = 'OPEN'::text);
CREATE INDEX registry_discrepancies_payment ON public.registry_discrepancies USING btree (payment_id) WHERE (payment_id IS NOT NULL);
CREATE UNIQUE INDEX registry_discrepancies_contradiction ON public.registry_discrepancies USING btree (kind, subject) WHERE (registry_id IS NULL);
CREATE TRIGGER registry_discrepancies_guard BEFORE UPDATE ON public.registry_discrepancies FOR EACH ROW EXECUTE FUNCTION registry_discrepancies_guard();
ALTER TABLE registry_discrepancies ENABLE ALWAYS TRIGGER registry_discrepancies_guard;
CREATE TRIGGER registry_discrepancies_keep BEFORE DELETE ON public.registry_discrepancies FOR EACH ROW EXECUTE FUNCTION platform_refuse();
ALTER TABLE registry_discrepancies ENABLE ALWAYS TRIGGER registry_discrepancies_keep;
CREATE TRIGGER registry_discrepancies_keep_all BEFORE TRUNCATE ON public.registry_discrepancies FOR EACH STATEMENT EXECUTE FUNCTION platform_refuse();
ALTER TABLE registry_discrepancies ENABLE ALWAYS TRIGGER registry_discrepancies_keep_all;

create table registry_discrepancy_history (
  id bigint not null generated always as identity,
  discrepancy_id bigint not null,
  at timestamp with time zone not null,
  actor text,
  status text not null,
  note text,
  constraint registry_discrepancy_history_pkey PRIMARY KEY (id),
  constraint registry_discrepancy_history_discrepancy_id_fkey FOREIGN KEY (discrepancy_id) REFERENCES registry_discrepancies(id)
);
CREATE INDEX registry_discrepancy_history_of ON public.registry_discrepancy_history USING btree (discrepancy_id, id);
CREATE TRIGGER registry_discrepancy_history_keep BEFORE DELETE OR UPDATE ON public.registry_discrepancy_history FOR EACH ROW EXECUTE FUNCTION platform_refuse();
ALTER TABLE registry_discrepancy_history ENABLE ALWAYS TRIGGER registry_discrepancy_history_keep;
CREATE TRIGGER registry_discrepancy_history_keep_all BEFORE TRUNCATE ON public.registry_discrepancy_history FOR EACH STATEMENT EXECUTE FUNCTION platform_refuse();
ALTER TABLE registry_discrepancy_history ENABLE ALWAYS TRIGGER registry_discrepancy_history_keep_all;

create table registry_files (
  registry_id uuid not null,
  part integer not null,
  content bytea not null storage e,
  constraint registry_files_pkey PRIMARY KEY (registry_id, part),
  constraint registry_files_registry_id_fkey FOREIGN KEY (registry_id) REFERENCES registries(id)
);
CREATE TRIGGER registry_files_keep BEFORE DELETE OR UPDATE ON public.registry_files FOR EACH ROW EXECUTE FUNCTION platform_refuse();
ALTER TABLE registry_files ENABLE ALWAYS TRIGGER registry_files_keep;
CREATE TRIGGER registry_files_keep_all BEFORE TRUNCATE ON public.registry_files FOR EACH STATEMENT EXECUTE FUNCTION platform_refuse();
ALTER TABLE registry_files ENABLE ALWAYS TRIGGER registry_files_keep_all;

create table registry_row_errors (
  id bigint not null generated always as identity,
  registry_id uuid not null,
  row integer not null,
  column_name text not null,
  header text not null,
  content text not null,
  problem text not null,
  constraint registry_row_errors_pkey PRIMARY KEY (id),
  constraint registry_row_errors_registry_id_fkey FOREIGN KEY (registry_id) REFERENCES registries(id)
);
CREATE INDEX registry_row_errors_of ON public.registry_row_errors USING btree (registry_id, id);
CREATE TRIGGER registry_row_errors_keep BEFORE DELETE OR UPDATE ON public.registry_row_errors FOR EACH ROW EXECUTE FUNCTION platform_refuse();
ALTER TABLE registry_row_errors ENABLE ALWAYS TRIGGER registry_row_errors_keep;
CREATE TRIGGER registry_row_errors_keep_all BEFORE TRUNCATE ON public.registry_row_errors FOR EACH STATEMENT EXECUTE FUNCTION platform_refuse();
ALTER TABLE registry_row_errors ENABLE ALWAYS TRIGGER registry_row_errors_keep_all;

create table registry_rows (
  registry_id uuid not null,
  row integer not null,
  type text,
  kaspi_operation_id text,
  mpp_payment_id text,
  confirmed boolean,
  at timestamp with time zone,
  method text,
  customer_id text,
  amount bigint,
  fee bigint,
  rate bigint,
  mcc text,
  payment_id uuid,
  refund uuid,
  constraint registry_rows_pkey PRIMARY KEY (registry_id, "row"),
  constraint registry_rows_amount_check CHECK ((amount >= 0)),
  constraint registry_rows_type_check CHECK ((type = ANY (ARRAY['PURCHASE'::text, 'REFUND'::text])))
);
CREATE INDEX registry_rows_payment ON public.registry_rows USING btree (payment_id) WHERE (payment_id IS NOT NULL);
CREATE INDEX registry_rows_refund ON public.registry_rows USING btree (refund) WHERE (refund IS NOT NULL);
CREATE TRIGGER registry_rows_guard BEFORE UPDATE ON public.registry_rows FOR EACH ROW EXECUTE FUNCTION registry_rows_guard();
ALTER TABLE registry_rows ENABLE ALWAYS TRIGGER registry_rows_guard;
CREATE TRIGGER registry_rows_keep BEFORE DELETE ON public.registry_rows FOR EACH ROW EXECUTE FUNCTION platform_refuse();
ALTER TABLE registry_rows ENABLE ALWAYS TRIGGER registry_rows_keep;
CREATE TRIGGER registry_rows_keep_all BEFORE TRUNCATE ON public.registry_rows FOR EACH STATEMENT EXECUTE FUNCTION platform_refuse();
ALTER TABLE registry_rows ENABLE ALWAYS TRIGGER registry_rows_keep_all;

create table registry_settlements (
  id uuid not null,
  day date not null,
  reference text not null,
  amount bigint not null,
  netted bigint not null,
  settled_by text not null,
  settled_at timestamp with time zone not null,
  constraint registry_settlements_pkey PRIMARY KEY (id),
  constraint registry_settlements_reference UNIQUE (reference),
  constraint registry_settlements_netted_check CHECK ((netted >= 0)),
  constraint registry_settlements_of_something CHECK (((amount <> 0) OR (netted > 0))),
  constraint registry_settlements_reference_check CHECK ((reference <> ''::text))
);
CREATE INDEX registry_settlements_day ON public.registry_settlements USING btree (day);
CREATE CONSTRAINT TRIGGER registry_settlements_journal AFTER INSERT ON public.registry_settlements DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION registry_settlements_check();
ALTER TABLE registry_settlements ENABLE ALWAYS TRIGGER registry_settlements_journal;
CREATE TRIGGER registry_settlements_keep BEFORE DELETE OR UPDATE ON public.registry_settlements FOR EACH ROW EXECUTE FUNCTION platform_refuse();
ALTER TABLE registry_settlements ENABLE ALWAYS TRIGGER registry_settlements_keep;
CREATE TRIGGER registry_settlements_keep_all BEFORE TRUNCATE ON public.registry_settlements FOR EACH STATEMENT EXECUTE FUNCTION platform_refuse();
ALTER TABLE registry_settlements ENABLE ALWAYS TRIGGER registry_settlements_keep_all;

create table registry_tariffs (
  id bigint not null generated always as identity,
  service text not null,
  mcc text,
  rate bigint not null,
  valid_from date not null,
  set_at timestamp with time zone not null,
  set_by text not null,
  replaced_at timestamp with time zone,
  replaced_by text,
  constraint registry_tariffs_pkey PRIMARY KEY (id),
  constraint registry_tariffs_mcc_check CHECK (((length(mcc) >= 1) AND (length(mcc) <= 32))),
  constraint registry_tariffs_rate_check CHECK (((rate >= 0) AND (rate <= 1000000))),
  constraint registry_tariffs_replaced CHECK (((replaced_at IS NULL) = (replaced_by IS NULL))),
  constraint registry_tariffs_service_check CHECK ((service = ANY (ARRAY['PAYMENT'::text, 'SERVICE'::text])))
);
CREATE UNIQUE INDEX registry_tariffs_once ON public.registry_tariffs USING btree (service, COALESCE(mcc, ''::text), valid_from) WHERE (replaced_at IS NULL);
CREATE TRIGGER registry_tariffs_guard BEFORE UPDATE ON public.registry_tariffs FOR EACH ROW EXECUTE FUNCTION registry_tariffs_guard();
ALTER TABLE registry_tariffs ENABLE ALWAYS TRIGGER registry_tariffs_guard;
CREATE TRIGGER registry_tariffs_keep BEFORE DELETE ON public.registry_tariffs FOR EACH ROW EXECUTE FUNCTION platform_refuse();
ALTER TABLE registry_tariffs ENABLE ALWAYS TRIGGER registry_tariffs_keep;
CREATE TRIGGER registry_tariffs_keep_all BEFORE TRUNCATE ON public.registry_tariffs FOR EACH STATEMENT EXECUTE FUNCTION platform_refuse();
ALTER TABLE registry_tariffs ENABLE ALWAYS TRIGGER registry_tariffs_keep_all;

create table registry_working_days (
  day date not null,
  working boolean,
  name text,
  changed_at timestamp with time zone not null,
  changed_by text not null,
  constraint registry_working_days_pkey PRIMARY KEY (day),
  constraint registry_working_days_check CHECK (((name IS NULL) OR ((name <> ''::text) AND (working IS NOT NULL))))
);

CREATE OR REPLACE FUNCTION public.core_operation_request(p_id uuid, p_kind text, p_subject uuid, p_customer text, p_account uuid, p_core_account text, p_account_name text, p_amount bigint, p_reference text, p_description text, p_at timestamp with time zone)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
begin
  perform platform_durable_commit();
  perform ledger_mirror_account(p_account, p_customer, p_core_account, p_account_name, p_at);
  insert into core_operations (id, kind, subject, customer_id, account_id, core_account, amount, reference, description,
    requested_at, ordinal)
  values (p_id, p_kind, p_subject, p_customer, p_account, p_core_account, p_amount, p_reference, p_description, p_at,
    case when p_kind = 'DEBIT' then 0 else (select count(*) from core_operations where subject = p_subject and kind = p_kind) end);
end $function$
;

CREATE OR REPLACE FUNCTION public.core_operation_request_reversal(p_id uuid, p_subject uuid, p_customer text, p_account uuid, p_core_account text, p_account_name text, p_amount bigint, p_reference text, p_description text, p_at timestamp with time zone, p_debit uuid, p_due timestamp with time zone)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
begin
  perform ledger_mirror_account(p_account, p_customer, p_core_account, p_account_name, p_at);
  insert into core_operations (id, kind, subject, debit_id, customer_id, account_id, core_account, amount, reference,
    description, requested_at, due_at, ordinal)
  values (p_id, 'REVERSAL', p_subject, p_debit, p_customer, p_account, p_core_account, p_amount, p_reference, p_description,
    p_at, p_due, (select count(*) from core_operations where subject = p_subject and kind = 'REVERSAL'));
end $function$
;

CREATE OR REPLACE FUNCTION public.core_operations_check_reversal()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
AS $function$
begin
  if not exists (select 1 from core_operations d where d.id = new.debit_id and d.kind = 'DEBIT'
      and (d.subject, d.customer_id, d.amount) = (new.subject, new.customer_id, new.amount)
      and ((d.account_id, d.core_account) = (new.account_id, new.core_account)
        or exists (select 1 from core_operations r where r.debit_id = d.id and r.state = 'REFUSED'))) then
    raise exception 'reversal % does not agree with its debit', new.id
      using errcode = 'check_violation', constraint = 'core_operations_reversal_of_debit';
  end if;
  return null;
end $function$
;

CREATE OR REPLACE FUNCTION public.core_operations_guard()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
AS $function$
begin
  if (new.id, new.kind, new.subject, new.debit_id, new.customer_id, new.account_id, new.core_account, new.amount,
      new.reference, new.description, new.requested_at, new.due_at, new.ordinal)
    is distinct from (old.id, old.kind, old.subject, old.debit_id, old.customer_id, old.account_id, old.core_account,
      old.amount, old.reference, old.description, old.requested_at, old.due_at, old.ordinal)
    or (old.state <> 'REQUESTED' and not (old.kind = 'REVERSAL' and old.state = 'REFUSED' and new.state = 'DONE')
      and (new.state, new.answered_at, new.reason, new.core_reference)
      is distinct from (old.state, old.answered_at, old.reason, old.core_reference))
  then
    raise exception 'core operation %: its request and its answer cannot change', old.id using errcode = 'restrict_violation';
  end if;
  return new;
end $function$
;

CREATE OR REPLACE FUNCTION public.kaspi_call_begin(p_request_id text, p_attempt integer, p_method text, p_payment_id uuid, p_request text, p_started_at timestamp with time zone)
 RETURNS text
 LANGUAGE plpgsql
AS $function$
begin
  perform platform_durable_commit();
  insert into kaspi_calls (request_id, attempt, method, payment_id, request, started_at)
  values (p_request_id, p_attempt, p_method, p_payment_id, p_request, p_started_at);
  return p_request_id;
end $function$
;

CREATE OR REPLACE FUNCTION public.kaspi_calls_end(p_request_ids text[], p_attempts integer[], p_outcomes text[], p_http_statuses integer[], p_result_codes text[], p_answers text[], p_payment_ids uuid[], p_finished_at timestamp with time zone, p_since timestamp with time zone)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
begin
  update kaspi_calls x set finished_at = p_finished_at, outcome = e.outcome, http_status = e.http_status,
    result_code = e.result_code, answer = e.answer, payment_id = coalesce(e.payment_id, x.payment_id)
  from unnest(p_request_ids, p_attempts, p_outcomes, p_http_statuses, p_result_codes, p_answers, p_payment_ids)
    as e (request_id, attempt, outcome, http_status, result_code, answer, payment_id)
  where x.request_id = e.request_id and x.attempt = e.attempt and x.outcome is null and x.started_at > p_since;
end $function$
;

CREATE OR REPLACE FUNCTION public.ledger_account_kind(p_account uuid)
 RETURNS text
 LANGUAGE sql
 STABLE
AS $function$
  select coalesce((select kind from ledger_accounts where id = p_account), '?')
$function$
;

CREATE OR REPLACE FUNCTION public.ledger_account_turnover(p_account uuid, p_after bigint, p_until bigint, p_before timestamp with time zone, OUT entries bigint, OUT debited numeric, OUT credited numeric)
 RETURNS record
 LANGUAGE sql
 STABLE
AS $function$
  select count(*), coalesce(sum(m.debited), 0), coalesce(sum(m.credited), 0)
  from (select amount as debited, 0 as credited from ledger_entries
      where debit_account_id = p_account and id > p_after and id <= p_until and booked_at < p_before
    union all select 0, amount from ledger_entries
      where credit_account_id = p_account and id > p_after and id <= p_until and booked_at < p_before) m
$function$
;

CREATE OR REPLACE FUNCTION public.ledger_apply_entry()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
declare
  debited text;
  credited text;
  allowed boolean;
  refused text;
  state text;
  unusable uuid;
begin
  perform platform_durable_commit();
  select kind into debited from ledger_accounts where id = new.debit_account_id;
  select kind into credited from ledger_accounts where id = new.credit_account_id;
  if debited is null or credited is null then
    raise exception 'an entry needs two accounts of the ledger' using errcode = 'foreign_key_violation';
  end if;
  if not isfinite(new.booked_at) or (new.purpose = 'CORRECTION') <> (num_nonnulls(new.corrects, new.reason, new.operator) = 3)
      or new.purpose <> 'CORRECTION' and num_nonnulls(new.corrects, new.reason, new.operator) > 0
      or new.reason = '' or new.operator = '' then
    raise exception 'a correction, and only a correction, must name the corrected entry, the reason and the operator; every entry must have a finite time'
      using errcode = 'check_violation', constraint = 'ledger_entries_explained';
  end if;
  case new.purpose
    when 'PAYMENT' then
      allowed := debited in ('CUSTOMER', 'CORE_CUSTOMER') and credited = 'IN_TRANSIT';
    when 'SETTLEMENT' then
      allowed := debited = 'IN_TRANSIT' and credited = 'PAYABLE_TO_KASPI' and exists (
        select 1 from ledger_entries p where p.purpose = 'PAYMENT' and p.reference = new.reference and p.amount = new.amount);
    when 'REVERSAL' then
      allowed := debited = 'IN_TRANSIT' and exists (
        select 1 from ledger_entries p where p.purpose = 'PAYMENT' and p.reference = new.reference and p.amount = new.amount
          and (credited = 'REVERSALS_IN_SUSPENSE' or ledger_of_same_customer(p.debit_account_id, new.credit_account_id)));
    when 'REVERSAL_RELEASE' then
      allowed := debited = 'REVERSALS_IN_SUSPENSE' and credited in ('CUSTOMER', 'CORE_CUSTOMER');
      if allowed then
        refused := 'ledger_entries_release_of_suspense';
        allowed := exists (
          select 1 from ledger_entries r join ledger_entries p on p.reference = r.reference and p.purpose = 'PAYMENT'
          where r.purpose = 'REVERSAL' and r.reference = new.reference and r.amount = new.amount
            and r.credit_account_id = new.debit_account_id
            and ledger_of_same_customer(p.debit_account_id, new.credit_account_id));
      end if;
    when 'DEPOSIT' then
      allowed := debited = 'FUNDING' and credited = 'CUSTOMER';
    when 'DIFFERENCE' then
      allowed := (debited, credited) in (('DIFFERENCES', 'PAYABLE_TO_KASPI'), ('PAYABLE_TO_KASPI', 'DIFFERENCES'),
        ('DIFFERENCES', 'RECEIVABLE_FROM_KASPI'), ('RECEIVABLE_FROM_KASPI', 'DIFFERENCES'),
        ('DIFFERENCES', 'FEES'), ('FEES', 'DIFFERENCES'));
    when 'DIFFERENCE_DEBIT' then
      allowed := debited in ('CUSTOMER', 'CORE_CUSTOMER') and credited = 'DIFFERENCES';
    when 'DIFFERENCE_CREDIT' then
      allowed := debited = 'DIFFERENCES' and credited in ('CUSTOMER', 'CORE_CUSTOMER');
    when 'FEE' then
      allowed := (debited, credited) in (('FEES', 'PAYABLE_TO_KASPI'), ('PAYABLE_TO_KASPI', 'FEES'));
    when 'NETTING' then
      allowed := debited = 'PAYABLE_TO_KASPI' and credited = 'RECEIVABLE_FROM_KASPI';
    when 'PAYOUT' then
      allowed := (debited, credited) in (('PAYABLE_TO_KASPI', 'BANK'), ('BANK', 'PAYABLE_TO_KASPI'));
    when 'REFUND' then
      allowed := debited = 'RECEIVABLE_FROM_KASPI'
        and credited in ('CUSTOMER', 'CORE_CUSTOMER', 'REFUNDS_IN_SUSPENSE', 'DIFFERENCES');
    when 'REFUND_RELEASE' then
      allowed := debited = 'REFUNDS_IN_SUSPENSE' and credited in ('CUSTOMER', 'CORE_CUSTOMER');
      if allowed then
        refused := 'ledger_entries_release_of_suspense';
        allowed := exists (
          select 1 from ledger_entries r where r.purpose = 'REFUND' and r.reference = new.reference and r.amount = new.amount
            and r.credit_account_id = new.debit_account_id);
      end if;
    when 'CORRECTION' then
      allowed := exists (
        select 1 from ledger_entries c where c.id = new.corrects and c.reference = new.reference and c.amount = new.amount
          and c.debit_account_id = new.credit_account_id and c.credit_account_id = new.debit_account_id
          and c.purpose in ('DEPOSIT', 'FEE', 'DIFFERENCE', 'NETTING', 'PAYOUT', 'CORRECTION'))
        and (debited, credited) not in (('CUSTOMER', 'DIFFERENCES'), ('DIFFERENCES', 'CUSTOMER'),
          ('CORE_CUSTOMER', 'DIFFERENCES'), ('DIFFERENCES', 'CORE_CUSTOMER'));
  end case;
  if not allowed then
    raise exception 'a % of this amount cannot be posted between these accounts', new.purpose
      using errcode = 'check_violation',
        constraint = coalesce(refused, format('ledger_entries_%s_parties',
          regexp_replace(lower(new.purpose), '^(refund|reversal)_', '')));
  end if;
  -- The update waits for whoever changes the account, and returns the status after that.
  if debited in ('CUSTOMER', 'CORE_CUSTOMER') then
    update ledger_accounts set balance = balance - new.amount where id = new.debit_account_id returning status into state;
    if debited = 'CUSTOMER' and state <> 'OPEN' and new.purpose = 'PAYMENT' then
      unusable := new.debit_account_id;
    end if;
  end if;
  if credited in ('CUSTOMER', 'CORE_CUSTOMER') then
    update ledger_accounts set balance = balance + new.amount where id = new.credit_account_id returning status into state;
    if credited = 'CUSTOMER' and (state = 'CLOSED' or state = 'BLOCKED' and new.purpose not in ('DEPOSIT', 'CORRECTION')) then
      unusable := new.credit_account_id;
    end if;
  end if;
  if unusable is not null then
    raise exception 'a % cannot be posted to account %, which is %', new.purpose, unusable, state
      using errcode = 'check_violation', constraint = 'ledger_accounts_open';
  end if;
  return null;
end $function$
;

CREATE OR REPLACE FUNCTION public.ledger_digest(e ledger_entries)
 RETURNS bytea
 LANGUAGE sql
 STABLE
AS $function$
  select sha256(convert_to(json_build_array(e.id, e.purpose, e.reference, e.debit_account_id, e.credit_account_id, e.amount,
    (extract(epoch from e.booked_at) * 1000000)::bigint, e.corrects, e.reason, e.operator)::text, 'UTF8'))
$function$
;

CREATE OR REPLACE FUNCTION public.ledger_fee_of_registry(p_reference text)
 RETURNS bigint
 LANGUAGE sql
 STABLE
AS $function$
  select coalesce(sum(case when ledger_account_kind(debit_account_id) = 'FEES' then amount else -amount end), 0)::bigint
  from ledger_entries
  where reference = p_reference and 'FEES' in (ledger_account_kind(debit_account_id), ledger_account_kind(credit_account_id))
$function$
;

CREATE OR REPLACE FUNCTION public.ledger_guard_account()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
AS $function$
begin
  if tg_op = 'INSERT' then
    if num_nonnulls(new.customer_id, new.balance) <> 2 * (new.kind in ('CUSTOMER', 'CORE_CUSTOMER'))::int then
      raise exception 'an account has a customer and a balance if and only if it is of kind CUSTOMER or CORE_CUSTOMER'
        using errcode = 'check_violation', constraint = 'ledger_accounts_customer';
    end if;
    if (new.kind = 'CORE_CUSTOMER') <> (new.core_account is not null) then
      raise exception 'an account names an account at the bank''s core if and only if it is of kind CORE_CUSTOMER'
        using errcode = 'check_violation', constraint = 'ledger_accounts_core';
    end if;
    if new.balance <> 0 then
      raise exception 'a new account has no balance: post an entry' using errcode = 'restrict_violation';
    end if;
    return new;
  end if;
  -- Depth 1 is this trigger alone; a posting reaches it from the journal's trigger, one deeper.
  if new.balance is distinct from old.balance and pg_trigger_depth() < 2 then
    raise exception 'a balance changes only by a journal entry' using errcode = 'restrict_violation';
  end if;
  if (new.id, new.kind, new.customer_id, new.currency, new.core_account)
      is distinct from (old.id, old.kind, old.customer_id, old.currency, old.core_account) then
    raise exception 'the owner of an account cannot change' using errcode = 'restrict_violation';
  end if;
  return new;
end $function$
;

CREATE OR REPLACE FUNCTION public.ledger_guard_seal()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
AS $function$
declare
  previous record;
begin
  select number, last_id, booked_until into previous from ledger_seals order by number desc limit 1;
  if new.number <> coalesce(previous.number, 0) + 1 or new.first_id <= previous.last_id
      or new.booked_until < previous.booked_until then
    raise exception 'seal % does not follow the previous seal', new.number
      using errcode = 'check_violation', constraint = 'ledger_seals_in_order';
  end if;
  return new;
end $function$
;

CREATE OR REPLACE FUNCTION public.ledger_hash(p_previous bytea, p_number bigint, p_sealed_at timestamp with time zone, p_digests bytea)
 RETURNS bytea
 LANGUAGE sql
 STABLE
AS $function$
  select sha256(coalesce(p_previous, ''::bytea)
    || convert_to(json_build_array(p_number, length(p_digests) / 32, (extract(epoch from p_sealed_at) * 1000000)::bigint)::text, 'UTF8')
    || p_digests)
$function$
;

CREATE OR REPLACE FUNCTION public.ledger_held_from_customer(p_reference text, p_customer text)
 RETURNS bigint
 LANGUAGE sql
 STABLE
AS $function$
  with entries as (
    select e.purpose, e.amount, d.kind as debited, c.kind as credited,
      p_customer is null or ltrim(d.customer_id, '0') = ltrim(p_customer, '0') as is_from_customer,
      p_customer is null or ltrim(c.customer_id, '0') = ltrim(p_customer, '0') as is_to_customer
    from ledger_entries e
      join ledger_accounts d on d.id = e.debit_account_id join ledger_accounts c on c.id = e.credit_account_id
    where e.reference = p_reference and e.purpose in ('PAYMENT', 'REVERSAL', 'DIFFERENCE_DEBIT', 'DIFFERENCE_CREDIT', 'CORRECTION')),
  payer as (select coalesce(bool_or(is_from_customer), false) as is_customer from entries where purpose = 'PAYMENT')
  select coalesce(sum(case
      when purpose = 'PAYMENT' and is_customer then amount
      when purpose = 'REVERSAL' and is_customer then -amount
      when debited in ('CUSTOMER', 'CORE_CUSTOMER') and credited = 'DIFFERENCES' and is_from_customer then amount
      when debited = 'DIFFERENCES' and credited in ('CUSTOMER', 'CORE_CUSTOMER') and is_to_customer then -amount
      else 0 end), 0)::bigint
  from entries cross join payer
$function$
;

CREATE OR REPLACE FUNCTION public.ledger_id_ranges(p_from timestamp with time zone, p_before timestamp with time zone)
 RETURNS TABLE(after_id bigint, until_id bigint)
 LANGUAGE sql
 STABLE
AS $function$
  with edges as (select
      coalesce((select last_id from ledger_seals where booked_until < p_from order by booked_until desc, number desc limit 1),
        -9223372036854775808) as begins,
      coalesce((select last_id from ledger_seals
        where booked_until >= p_before + (select max(late_by) from ledger_seals) * interval '1 microsecond'
        order by booked_until, number limit 1), 9223372036854775807) as ends,
      (select last_id from ledger_seals order by number desc limit 1) as sealed)
  select begins, ends from edges
  union all select sealed, 9223372036854775807 from edges where ends < 9223372036854775807
$function$
;

CREATE OR REPLACE FUNCTION public.ledger_mirror_account(p_id uuid, p_customer text, p_core_account text, p_name text, p_at timestamp with time zone)
 RETURNS uuid
 LANGUAGE plpgsql
AS $function$
declare
  mirror uuid;
begin
  insert into ledger_accounts (id, kind, customer_id, core_account, name, balance, created_at)
  values (p_id, 'CORE_CUSTOMER', p_customer, p_core_account, p_name, 0, p_at)
  on conflict do nothing;
  select id into mirror from ledger_accounts
  where kind = 'CORE_CUSTOMER' and customer_id = p_customer and core_account = p_core_account;
  if mirror is null then
    raise exception 'account % belongs to another customer', p_id using errcode = 'unique_violation';
  end if;
  return mirror;
end $function$
;

CREATE OR REPLACE FUNCTION public.ledger_netted_with_kaspi(p_reference text)
 RETURNS bigint
 LANGUAGE sql
 STABLE
AS $function$
  select coalesce(sum(case when ledger_account_kind(credit_account_id) = 'RECEIVABLE_FROM_KASPI' then amount else -amount end), 0)::bigint
  from ledger_entries
  where reference = p_reference
    and (ledger_account_kind(debit_account_id), ledger_account_kind(credit_account_id)) in (('PAYABLE_TO_KASPI', 'RECEIVABLE_FROM_KASPI'),
      ('RECEIVABLE_FROM_KASPI', 'PAYABLE_TO_KASPI'))
$function$
;

CREATE OR REPLACE FUNCTION public.ledger_of_same_customer(p_one uuid, p_other uuid)
 RETURNS boolean
 LANGUAGE sql
 STABLE
AS $function$
  select exists (select 1 from ledger_accounts a join ledger_accounts b on (b.customer_id, b.kind) = (a.customer_id, a.kind)
    where a.id = p_one and b.id = p_other)
$function$
;

CREATE OR REPLACE FUNCTION public.ledger_owed_to_kaspi(p_reference text)
 RETURNS bigint
 LANGUAGE sql
 STABLE
AS $function$
  select coalesce(sum(case when ledger_account_kind(credit_account_id) = 'PAYABLE_TO_KASPI' then amount else -amount end), 0)::bigint
  from ledger_entries
  where reference = p_reference
    and (ledger_account_kind(debit_account_id), ledger_account_kind(credit_account_id)) in (('IN_TRANSIT', 'PAYABLE_TO_KASPI'),
      ('DIFFERENCES', 'PAYABLE_TO_KASPI'), ('PAYABLE_TO_KASPI', 'DIFFERENCES'))
$function$
;

CREATE OR REPLACE FUNCTION public.ledger_paid_to_kaspi(p_reference text)
 RETURNS bigint
 LANGUAGE sql
 STABLE
AS $function$
  select coalesce(sum(case when ledger_account_kind(credit_account_id) = 'BANK' then amount else -amount end), 0)::bigint
  from ledger_entries
  where reference = p_reference and 'BANK' in (ledger_account_kind(debit_account_id), ledger_account_kind(credit_account_id))
$function$
;

CREATE OR REPLACE FUNCTION public.ledger_paying_account(p_customer text, p_account uuid)
 RETURNS TABLE(account_id uuid, account_balance bigint)
 LANGUAGE sql
 STABLE
AS $function$
  select id, balance from ledger_accounts
  where kind = 'CUSTOMER' and customer_id = p_customer and status = 'OPEN' and (p_account is null or id = p_account)
  order by created_at, id limit 1
$function$
;

CREATE OR REPLACE FUNCTION public.ledger_post(p_purpose text, p_reference text, p_debit uuid, p_credit uuid, p_amount bigint, p_at timestamp with time zone)
 RETURNS bigint
 LANGUAGE plpgsql
AS $function$
declare
  entry bigint;
begin
  insert into ledger_entries (purpose, reference, debit_account_id, credit_account_id, amount, booked_at)
  values (p_purpose, p_reference, p_debit, p_credit, p_amount, p_at)
  returning id into entry;
  return entry;
end $function$
;

CREATE OR REPLACE FUNCTION public.ledger_refund_difference(p_reference text)
 RETURNS bigint
 LANGUAGE sql
 STABLE
AS $function$
  select coalesce(sum(case when ledger_account_kind(debit_account_id) = 'RECEIVABLE_FROM_KASPI' then amount else -amount end), 0)::bigint
  from ledger_entries
  where reference = p_reference and purpose in ('DIFFERENCE', 'CORRECTION')
    and (ledger_account_kind(debit_account_id), ledger_account_kind(credit_account_id)) in (('RECEIVABLE_FROM_KASPI', 'DIFFERENCES'),
      ('DIFFERENCES', 'RECEIVABLE_FROM_KASPI'))
$function$
;

CREATE OR REPLACE FUNCTION public.ledger_seal(p_horizon bigint, p_limit integer, p_at timestamp with time zone)
 RETURNS bigint
 LANGUAGE plpgsql
AS $function$
declare
  previous record;
  batch record;
  this bigint;
begin
  if not pg_try_advisory_xact_lock(65100121) then
    return null;
  end if;
  select number, last_id, booked_until, hash into previous from ledger_seals order by number desc limit 1;
  this := coalesce(previous.number, 0) + 1;
  select count(*)::int as entries, min(id) as first_id, max(id) as last_id, min(booked_at) as earliest, max(booked_at) as latest,
      array_agg(id order by id) as ids, string_agg(digest, ''::bytea order by id) as digests,
      string_agg(substr(digest, 1, 8), ''::bytea order by id) as short into batch
    from (select e.id, e.booked_at, ledger_digest(e) as digest from ledger_entries e
      where e.id > coalesce(previous.last_id, -9223372036854775808) and e.id <= p_horizon order by e.id limit p_limit) e;
  if batch.entries = 0 then
    return null;
  end if;
  insert into ledger_seals (number, first_id, last_id, entries, booked_until, late_by, hash, entry_ids, digests, sealed_at)
  values (this, batch.first_id, batch.last_id, batch.entries, greatest(previous.booked_until, batch.latest),
    greatest((extract(epoch from previous.booked_until - batch.earliest) * 1000000)::bigint, 0),
    ledger_hash(previous.hash, this, p_at, batch.digests), batch.ids, batch.short, p_at);
  insert into ledger_turnovers (seal, kind, debited, credited)
    select this, kind, sum(debited), sum(credited)
    from (select kind, debited, credited from ledger_turnovers where seal = previous.number
      union all select kind, debited, credited from ledger_turnover_by_account(batch.first_id, batch.last_id)) t
    group by kind;
  insert into ledger_checkpoints (account_id, seal, last_id, debited, credited)
    select m.account_id, this, batch.last_id, coalesce(c.debited, 0) + since.debited, coalesce(c.credited, 0) + since.credited
    from ledger_turnover_by_account(batch.first_id, batch.last_id) m
    left join lateral (select last_id, debited, credited from ledger_checkpoints
      where account_id = m.account_id order by seal desc limit 1) c on true
    cross join lateral ledger_account_turnover(m.account_id, coalesce(c.last_id, -9223372036854775808), batch.last_id, 'infinity') since
    where m.kind in ('CUSTOMER', 'CORE_CUSTOMER') and since.entries >= 100;
  return this;
end $function$
;

CREATE OR REPLACE FUNCTION public.ledger_turnover(p_account uuid, p_up_to bigint, p_before timestamp with time zone, OUT debited numeric, OUT credited numeric)
 RETURNS record
 LANGUAGE plpgsql
 STABLE
AS $function$
declare
  whole record;
  base record;
begin
  debited := 0;
  credited := 0;
  if p_before = '-infinity' or p_up_to < 0 then
    return;
  end if;
  select number, last_id into whole from ledger_seals
  where number <= (select number from ledger_seals where last_id <= p_up_to order by last_id desc limit 1)
    and number <= (select number from ledger_seals where booked_until < p_before order by booked_until desc, number desc limit 1)
  order by number desc limit 1;
  if ledger_account_kind(p_account) in ('CUSTOMER', 'CORE_CUSTOMER') then
    select c.last_id, c.debited, c.credited into base from ledger_checkpoints c
    where c.account_id = p_account and c.seal <= whole.number order by c.seal desc limit 1;
  else
    select whole.last_id, t.debited, t.credited into base from ledger_turnovers t
    where t.seal = whole.number and t.kind = ledger_account_kind(p_account);
  end if;
  select coalesce(base.debited, 0) + sum(m.debited), coalesce(base.credited, 0) + sum(m.credited) into debited, credited
  from ledger_id_ranges(null, p_before) s
  cross join lateral ledger_account_turnover(p_account,
    greatest(s.after_id, base.last_id), least(s.until_id, p_up_to), p_before) m;
end $function$
;

CREATE OR REPLACE FUNCTION public.ledger_turnover_by_account(p_first bigint, p_last bigint)
 RETURNS TABLE(account_id uuid, kind text, debited numeric, credited numeric)
 LANGUAGE sql
 STABLE
AS $function$
  select m.account_id, ledger_account_kind(m.account_id), sum(m.debited), sum(m.credited)
  from (select debit_account_id as account_id, amount as debited, 0 as credited from ledger_entries where id between p_first and p_last
    union all select credit_account_id, 0, amount from ledger_entries where id between p_first and p_last) m
  group by 1
$function$
;

CREATE OR REPLACE FUNCTION public.ledger_turnovers_until(p_before timestamp with time zone)
 RETURNS TABLE(kind text, debited numeric, credited numeric)
 LANGUAGE plpgsql
 STABLE
AS $function$
#variable_conflict use_column
declare
  whole record;
begin
  select number, last_id into whole from ledger_seals
  where booked_until < p_before order by booked_until desc, number desc limit 1;
  return query
    with moved as (
      select e.debit_account_id, e.credit_account_id, e.amount
      from ledger_id_ranges(null, p_before) s
      join ledger_entries e on e.id > greatest(s.after_id, whole.last_id) and e.id <= s.until_id and e.booked_at < p_before),
    accounts as (
      select m.account_id, sum(m.debited) as debited, sum(m.credited) as credited
      from (select debit_account_id as account_id, amount as debited, 0 as credited from moved
        union all select credit_account_id, 0, amount from moved) m
      group by 1)
    select t.kind, sum(t.debited), sum(t.credited)
    from (select kind, debited, credited from ledger_turnovers where seal = whole.number
      union all
      select ledger_account_kind(m.account_id), m.debited, m.credited from accounts m) t
    group by t.kind;
end $function$
;

CREATE OR REPLACE FUNCTION public.notifications_enqueue(p_ids uuid[], p_topic text, p_types text[], p_subjects text[], p_customer_ids text[], p_bodies text[], p_at timestamp with time zone)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
begin
  insert into notifications (id, type, subject, customer_id, body, due_since, created_at)
  select id, type, subject, customer_id, body, p_at, p_at
  from unnest(p_ids, p_types, p_subjects, p_customer_ids, p_bodies) as e (id, type, subject, customer_id, body);
  perform outbox_enqueue(p_id => id, p_topic => p_topic, p_key => subject, p_payload => '{}', p_next_attempt_at => p_at,
    p_lease => null, p_deadline => null, p_at => p_at)
  from unnest(p_ids, p_subjects) as e (id, subject);
end $function$
;

CREATE OR REPLACE FUNCTION public.notifications_guard()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
AS $function$
begin
  if (new.id, new.type, new.subject, new.customer_id, new.body, new.created_at)
      is distinct from (old.id, old.type, old.subject, old.customer_id, old.body, old.created_at)
    or new.attempts < old.attempts or new.due_since < old.due_since
  then
    raise exception 'notification %: its content and recipient cannot change', old.id using errcode = 'restrict_violation';
  end if;
  return new;
end $function$
;

CREATE OR REPLACE FUNCTION public.outbox_enqueue(p_id uuid, p_topic text, p_key text, p_payload json, p_next_attempt_at timestamp with time zone, p_lease uuid, p_deadline timestamp with time zone, p_at timestamp with time zone)
 RETURNS uuid
 LANGUAGE plpgsql
AS $function$
begin
  perform platform_durable_commit();
  insert into outbox_messages (id, topic, key, payload, attempts, next_attempt_at, lease, deadline, created_at)
  values (p_id, p_topic, p_key, p_payload, case when p_lease is null then 0 else 1 end, p_next_attempt_at, p_lease,
    p_deadline, p_at);
  return p_id;
end $function$
;

CREATE OR REPLACE FUNCTION public.platform_durable_commit()
 RETURNS void
 LANGUAGE plpgsql
AS $function$
begin
  if current_setting('synchronous_commit') in ('off', 'local', 'remote_write') then
    perform set_config('synchronous_commit', 'on', true);
  end if;
end $function$
;

CREATE OR REPLACE FUNCTION public.platform_prepare_months(p_table text, p_now timestamp with time zone)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
declare
  first_day timestamp;
  child text;
begin
  if not exists (select 1 from platform_monthly_tables where name = p_table) then
    raise exception '% is not a monthly table', p_table using errcode = 'invalid_parameter_value';
  end if;
  perform set_config('lock_timeout', '1s', true);
  perform pg_advisory_xact_lock(65100118, hashtext(p_table));
  for ahead in 0..2 loop
    first_day := date_trunc('month', p_now at time zone 'UTC') + make_interval(months => ahead);
    child := p_table || '_' || to_char(first_day, 'YYYY_MM');
    if to_regclass(child) is null then
      begin
        execute format('create table %I (like %I including defaults including constraints) with (fillfactor = 85)',
          child, p_table);
        execute format('alter table %I attach partition %I for values from (%L) to (%L)',
          p_table, child, first_day::text || '+00', (first_day + interval '1 month')::text || '+00');
      exception when check_violation then
        raise warning '% keeps its rows in the default partition', child;
      end;
    end if;
  end loop;
end $function$
;

CREATE OR REPLACE FUNCTION public.platform_refuse()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
AS $function$
begin
  raise exception '% of % is refused: the table is append-only', tg_op, tg_table_name using errcode = 'restrict_violation';
end $function$
;

CREATE OR REPLACE FUNCTION public.qr_payment_reversals_check()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
AS $function$
declare
  suspense constant uuid := '00000000-0000-7000-8000-000000000009';
  payment qr_payments;
  reversal qr_payment_reversals;
  credited uuid;
  agrees boolean;
begin
  -- As they are at the commit: they may have gone further in the same transaction.
  select * into payment from qr_payments where id = new.payment_id;
  select * into reversal from qr_payment_reversals where payment_id = new.payment_id;
  credited := case when reversal.credited_at is not null then reversal.credited_account_id
    when reversal.suspended_at is not null then suspense end;
  agrees := (payment.customer_id, payment.amount, payment.account_id)
      = (reversal.customer_id, reversal.amount, reversal.account_id)
    and payment.status = case when reversal.credited_at is null then 'REVERSING' else 'REVERSED' end
    and (credited is not null or payment.debit_requested_at is not null);
  if agrees and payment.debited_at is not null then
    agrees := case when credited is null then not exists (
        select 1 from ledger_entries e where e.reference = new.payment_id::text and e.purpose = 'REVERSAL')
      else exists (
        select 1 from ledger_entries e join ledger_accounts a on a.id = e.credit_account_id
        where e.reference = new.payment_id::text and e.purpose in ('REVERSAL', 'REVERSAL_RELEASE') and e.amount = reversal.amount
          and e.credit_account_id = credited and (credited = suspense or a.customer_id = reversal.customer_id)) end;
  end if;
  if agrees is not true then
    raise exception 'the reversal of payment % does not agree with it and the journal', new.payment_id
      using errcode = 'check_violation', constraint = 'qr_payment_reversals_agree';
  end if;
  return null;
end $function$
;

CREATE OR REPLACE FUNCTION public.qr_payment_reversals_guard()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
AS $function$
begin
  if (new.payment_id, new.customer_id, new.amount, new.account_id, new.credit_by, new.created_at)
      is distinct from (old.payment_id, old.customer_id, old.amount, old.account_id, old.credit_by, old.created_at)
    or (old.suspended_at is not null and new.suspended_at is distinct from old.suspended_at)
    or (old.credited_at is not null and (new.credited_at, new.credited_account_id, new.suspended_at)
      is distinct from (old.credited_at, old.credited_account_id, old.suspended_at))
  then
    raise exception 'the reversal of payment %: what is owed or given back cannot change', old.payment_id
      using errcode = 'restrict_violation';
  end if;
  return new;
end $function$
;

CREATE OR REPLACE FUNCTION public.qr_payments_check_core()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
AS $function$
declare
  agrees boolean;
begin
  case
    when new.status = 'DEBITING' then
      agrees := exists (select 1 from core_operations o where o.subject = new.id and o.kind = 'DEBIT'
        and o.account_id = new.account_id and o.amount = new.amount);
    when new.status in ('PROCESSING', 'IN_DOUBT', 'CONFIRMED') then
      agrees := exists (select 1 from core_operations o where o.subject = new.id and o.kind = 'DEBIT' and o.state = 'DONE');
    when new.status in ('REVERSING', 'REVERSED') then
      agrees := exists (select 1 from core_operations o where o.subject = new.id and o.kind = 'REVERSAL'
        and (o.state = 'DONE') = (new.status = 'REVERSED'));
    else
      agrees := true;
  end case;
  if not agrees or (new.debited_at is not null) <> exists (
      select 1 from ledger_entries e where e.purpose = 'PAYMENT' and e.reference = new.id::text) then
    raise exception 'payment % does not agree with its core operations and the journal', new.id
      using errcode = 'check_violation', constraint = 'qr_payments_agrees_with_core';
  end if;
  return null;
end $function$
;

CREATE OR REPLACE FUNCTION public.qr_payments_check_daily(p_id uuid, p_customer text, p_day_begins timestamp with time zone, p_daily_sum bigint, p_daily_count bigint)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
declare
  debits record;
begin
  if p_daily_sum is null and p_daily_count is null then
    return;
  end if;
  -- One debit of a customer at a time: each sees those before it, this one included.
  perform pg_advisory_xact_lock(65100119, hashtext(p_customer));
  select * into debits from qr_payments_debits_since(p_customer, p_day_begins);
  if debits.total > p_daily_sum or debits.number > p_daily_count then
    raise exception 'payment %: the customer''s daily limit is exceeded', p_id
      using errcode = 'check_violation', constraint = 'qr_payments_daily_limit';
  end if;
end $function$
;

CREATE OR REPLACE FUNCTION public.qr_payments_check_reversal()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
AS $function$
declare
  payment qr_payments;
  agrees boolean;
begin
  -- As it is at the commit: it may have gone further in the same transaction.
  select * into payment from qr_payments where id = new.id;
  if payment.status = 'REVERSING' then
    agrees := exists (select 1 from qr_payment_reversals r where r.payment_id = new.id and r.credited_at is null);
  else
    agrees := not exists (select 1 from qr_payment_reversals r where r.payment_id = new.id and r.credited_at is null)
      and (payment.debited_at is null or exists (
        select 1 from ledger_entries e join ledger_accounts a on a.id = e.credit_account_id
        where e.reference = new.id::text and e.purpose in ('REVERSAL', 'REVERSAL_RELEASE') and e.amount = payment.amount
          and a.customer_id = payment.customer_id));
  end if;
  if not agrees then
    raise exception 'payment % is %, which its reversal and the journal contradict', new.id, payment.status
      using errcode = 'check_violation', constraint = 'qr_payments_given_back';
  end if;
  return null;
end $function$
;

CREATE OR REPLACE FUNCTION public.qr_payments_debits_since(p_customer text, p_since timestamp with time zone)
 RETURNS TABLE(total bigint, number bigint)
 LANGUAGE sql
 STABLE
AS $function$
  select coalesce(sum(amount), 0)::bigint, count(*) from qr_payments
  where customer_id = p_customer and status <> 'REVERSED'
    and (debit_requested_at >= p_since or (debited_at >= p_since and debit_requested_at is null))
$function$
;

CREATE OR REPLACE FUNCTION public.qr_payments_decision_facts(p_id uuid, p_customer text, p_account uuid)
 RETURNS TABLE(payment qr_payments, paying_account uuid, paying_balance bigint, purchase_result_of text)
 LANGUAGE plpgsql
 STABLE
AS $function$
begin
  return query
    select p, a.account_id, a.account_balance,
      (select o.status from qr_payments o
        where o.kaspi_payment_id = p.kaspi_payment_id and (o.notify_result is not null or o.debit_requested_at is not null)
          and o.id <> p.id)
    from qr_payments p left join lateral ledger_paying_account(p.customer_id, p_account) a on true
    where p.id = p_id and p.customer_id = p_customer;
end $function$
;

CREATE OR REPLACE FUNCTION public.qr_payments_expire(p_now timestamp with time zone, p_limit integer)
 RETURNS SETOF uuid
 LANGUAGE plpgsql
AS $function$
begin
  return query
    with due as (
      select p.id from qr_payments p where p.expires_at < p_now order by p.expires_at limit p_limit for update skip locked),
    expired as (
      update qr_payments p set status = 'EXPIRED', version = p.version + 1, updated_at = p_now, expires_at = null,
        failure_code = 'CONFIRMED_TOO_LATE'
      from due where p.id = due.id
      returning p.id, p.version),
    history as (
      insert into qr_payment_history (payment_id, version, status, reason, at)
      select e.id, e.version, 'EXPIRED', 'CONFIRMED_TOO_LATE', p_now from expired e)
    select e.id from expired e;
end $function$
;

CREATE OR REPLACE FUNCTION public.qr_payments_freeze_form(p_id uuid, p_version integer, p_values json, p_at timestamp with time zone)
 RETURNS boolean
 LANGUAGE plpgsql
AS $function$
declare
  purchase text;
begin
  select kaspi_payment_id into purchase from qr_payments where id = p_id;
  -- One after the other: the second sees what the first one froze.
  perform pg_advisory_xact_lock(65100120, hashtext(purchase));
  update qr_payments set form_values = p_values, version = version + 1, updated_at = p_at
  where id = p_id and version = p_version and status = 'AWAITING_CHECKOUT' and form_values is null;
  if not found then
    return false;
  end if;
  if exists (select 1 from qr_payments where kaspi_payment_id = purchase and id <> p_id
      and form_values is not null and form_values::text <> p_values::text) then
    raise exception 'payment %: the purchase has frozen other values', p_id
      using errcode = 'check_violation', constraint = 'qr_payments_one_form';
  end if;
  return true;
end $function$
;

CREATE OR REPLACE FUNCTION public.qr_payments_guard()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
AS $function$
begin
  if (new.id, new.kaspi_payment_id, new.customer_id, new.qr_code_type)
      is distinct from (old.id, old.kaspi_payment_id, old.customer_id, old.qr_code_type)
    or (coalesce(old.debited_at, old.debit_requested_at) is not null and (new.amount, new.account_id)
      is distinct from (old.amount, old.account_id))
    or (old.debited_at is not null and new.debited_at is distinct from old.debited_at)
    or (old.debit_requested_at is not null and new.debit_requested_at is distinct from old.debit_requested_at
      and (new.debit_requested_at is not null or old.status <> 'DEBITING' or new.status <> 'DECLINED'))
    or (old.notify_result is not null and new.notify_result is distinct from old.notify_result)
    or (old.form_values is not null and (new.form_values::text, new.service::text)
      is distinct from (old.form_values::text, old.service::text))
    or (old.contradicted_at is not null and (new.contradicted_at, new.contradicted_by)
      is distinct from (old.contradicted_at, old.contradicted_by))
    or (old.status in ('CONFIRMED', 'REVERSED', 'DECLINED', 'CANCELLED', 'EXPIRED') and new.status <> old.status)
    or (old.settled_by is not null and new.settled_by is distinct from old.settled_by)
    or (old.status = 'IN_DOUBT' and new.status = 'PROCESSING')
    or (old.status = 'REVERSING' and new.status not in ('REVERSING', 'REVERSED'))
    or new.version < old.version
  then
    raise exception 'payment %: what is settled cannot change', old.id using errcode = 'restrict_violation';
  end if;
  return new;
end $function$
;

CREATE OR REPLACE FUNCTION public.qr_payments_guard_refunded()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
AS $function$
begin
  raise exception 'payment %: the refunded amount cannot decrease', old.id using errcode = 'restrict_violation';
end $function$
;

CREATE OR REPLACE FUNCTION public.qr_payments_request_debit(p_id uuid, p_version integer, p_from text, p_at timestamp with time zone, p_amount bigint, p_account uuid, p_core_account text, p_account_name text, p_operation uuid, p_description text, p_message uuid, p_topic text, p_payload json, p_next_attempt_at timestamp with time zone, p_lease uuid, p_day_begins timestamp with time zone, p_daily_sum bigint, p_daily_count bigint)
 RETURNS boolean
 LANGUAGE plpgsql
AS $function$
declare
  customer text;
begin
  update qr_payments set
    status = 'DEBITING', version = p_version, updated_at = p_at, amount = p_amount, expires_at = null,
    account_id = p_account, debit_requested_at = p_at
  where id = p_id and version = p_version - 1 and status = p_from and debited_at is null and notify_result is null
  returning customer_id into customer;
  if not found then
    return false;
  end if;
  perform qr_payments_check_daily(p_id, customer, p_day_begins, p_daily_sum, p_daily_count);
  insert into qr_payment_history (payment_id, version, status, at) values (p_id, p_version, 'DEBITING', p_at);
  perform core_operation_request(p_id => p_operation, p_kind => 'DEBIT', p_subject => p_id,
    p_customer => customer, p_account => p_account, p_core_account => p_core_account, p_account_name => p_account_name,
    p_amount => p_amount, p_reference => p_id::text, p_description => p_description, p_at => p_at);
  perform outbox_enqueue(p_id => p_message, p_topic => p_topic, p_key => p_id::text,
    p_payload => p_payload, p_next_attempt_at => p_next_attempt_at, p_lease => p_lease, p_deadline => null, p_at => p_at);
  return true;
end $function$
;

CREATE OR REPLACE FUNCTION public.qr_payments_save_scanned(p_id uuid, p_purchase text, p_customer text, p_type text, p_status text, p_amount bigint, p_confirm_until timestamp with time zone, p_expires_at timestamp with time zone, p_merchant_id text, p_merchant_name text, p_merchant_mcc text, p_service json, p_at timestamp with time zone)
 RETURNS TABLE(payment qr_payments, created boolean)
 LANGUAGE plpgsql
AS $function$
declare
  saved qr_payments;
begin
  perform pg_advisory_xact_lock(65100120, hashtext(p_purchase));
  select * into saved from qr_payments where kaspi_payment_id = p_purchase and customer_id = p_customer for update;
  created := not found;
  if created then
    insert into qr_payments (id, kaspi_payment_id, customer_id, qr_code_type, status, amount, confirm_until, answered_at,
      merchant_id, merchant_name, merchant_mcc, expires_at, service, created_at, updated_at)
    values (p_id, p_purchase, p_customer, p_type, p_status, p_amount, p_confirm_until, p_at,
      p_merchant_id, p_merchant_name, p_merchant_mcc, p_expires_at, p_service, p_at, p_at)
    returning * into saved;
    insert into qr_payment_history (payment_id, version, status, at) values (p_id, saved.version, p_status, p_at);
  elsif (saved.status, saved.qr_code_type) = (p_status, p_type) and saved.answered_at <= p_at then
    update qr_payments set version = version + 1, amount = p_amount, confirm_until = p_confirm_until, answered_at = p_at,
      expires_at = p_expires_at, updated_at = p_at, service = case when form_values is null then p_service else service end,
      merchant_id = coalesce(p_merchant_id, merchant_id), merchant_name = coalesce(p_merchant_name, merchant_name),
      merchant_mcc = coalesce(p_merchant_mcc, merchant_mcc)
    where id = saved.id returning * into saved;
  else
    update qr_payments set merchant_id = coalesce(merchant_id, p_merchant_id),
      merchant_name = coalesce(merchant_name, p_merchant_name), merchant_mcc = coalesce(merchant_mcc, p_merchant_mcc)
    where id = saved.id returning * into saved;
  end if;
  payment := qr_payments_share_answer(saved);
  return next;
end $function$
;

CREATE OR REPLACE FUNCTION public.qr_payments_share_answer(saved qr_payments)
 RETURNS qr_payments
 LANGUAGE plpgsql
AS $function$
declare
  newest qr_payments;
begin
  if saved.expires_at is null then
    return saved;
  end if;
  select * into newest from qr_payments
  where kaspi_payment_id = saved.kaspi_payment_id and status = saved.status and qr_code_type = saved.qr_code_type
  order by answered_at desc, id = saved.id desc limit 1;
  update qr_payments p set version = p.version + 1, updated_at = saved.updated_at,
    amount = newest.amount, confirm_until = newest.confirm_until, answered_at = newest.answered_at, expires_at = newest.expires_at,
    merchant_id = coalesce(newest.merchant_id, p.merchant_id), merchant_name = coalesce(newest.merchant_name, p.merchant_name),
    merchant_mcc = coalesce(newest.merchant_mcc, p.merchant_mcc),
    seen_amount = nullif(coalesce(p.seen_amount, p.amount), newest.amount)
  where p.kaspi_payment_id = saved.kaspi_payment_id and p.status = saved.status and p.qr_code_type = saved.qr_code_type
    and p.id <> newest.id;
  update qr_payments set seen_amount = null where id = saved.id and seen_amount is not null;
  if newest.id <> saved.id or saved.seen_amount is not null then
    select * into saved from qr_payments where id = saved.id;
  end if;
  return saved;
end $function$
;

CREATE OR REPLACE FUNCTION public.qr_payments_write_decision(p_id uuid, p_version integer, p_from text, p_status text, p_at timestamp with time zone, p_amount bigint, p_failure text, p_reason text, p_notify_result text, p_message uuid, p_topic text, p_payload json, p_next_attempt_at timestamp with time zone, p_lease uuid, p_request_id text, p_request text, p_debit_account uuid, p_credit_account uuid, p_day_begins timestamp with time zone, p_daily_sum bigint, p_daily_count bigint)
 RETURNS boolean
 LANGUAGE plpgsql
AS $function$
declare
  customer text;
begin
  update qr_payments set
    status = p_status, version = p_version, updated_at = p_at, amount = p_amount, failure_code = p_failure,
    notify_result = p_notify_result, expires_at = null,
    account_id = p_debit_account, debited_at = case when p_debit_account is not null then p_at end
  where id = p_id and version = p_version - 1 and status = p_from and debited_at is null and debit_requested_at is null
    and notify_result is null
  returning customer_id into customer;
  if not found then
    return false;
  end if;
  if p_from <> p_status then
    insert into qr_payment_history (payment_id, version, status, reason, at)
    values (p_id, p_version, p_status, coalesce(p_reason, p_failure), p_at);
  end if;
  if p_notify_result is not null then
    perform outbox_enqueue(p_id => p_message, p_topic => p_topic, p_key => p_id::text, p_payload => p_payload,
      p_next_attempt_at => p_next_attempt_at, p_lease => p_lease, p_deadline => null, p_at => p_at);
    if p_lease is not null then
      perform kaspi_call_begin(p_request_id, 1, 'notifyPayment', p_id, p_request, p_at);
    end if;
  end if;
  if p_debit_account is not null then
    if not exists (select 1 from ledger_paying_account(customer, p_debit_account)) then
      raise exception 'payment %: the account cannot be used', p_id
        using errcode = 'check_violation', constraint = 'qr_payments_account_usable';
    end if;
    if p_daily_sum is not null or p_daily_count is not null then
      perform qr_payments_check_daily(p_id, customer, p_day_begins, p_daily_sum, p_daily_count);
    end if;
    perform ledger_post('PAYMENT', p_id::text, p_debit_account, p_credit_account, p_amount, p_at);
  end if;
  return true;
end $function$
;

CREATE OR REPLACE FUNCTION public.qr_payments_write_priced(p_id uuid, p_version integer, p_status text, p_amount bigint, p_confirm_until timestamp with time zone, p_expires_at timestamp with time zone, p_merchant_id text, p_merchant_name text, p_merchant_mcc text, p_at timestamp with time zone)
 RETURNS SETOF qr_payments
 LANGUAGE plpgsql
AS $function$
declare
  saved qr_payments;
begin
  perform pg_advisory_xact_lock(65100120, hashtext(kaspi_payment_id)) from qr_payments where id = p_id;
  update qr_payments set version = p_version, status = p_status, amount = p_amount, confirm_until = p_confirm_until,
    expires_at = p_expires_at, answered_at = p_at, merchant_id = p_merchant_id, merchant_name = p_merchant_name,
    merchant_mcc = p_merchant_mcc, updated_at = p_at
  where id = p_id and version = p_version - 1 and status = 'AWAITING_CHECKOUT'
  returning * into saved;
  if not found then
    return;
  end if;
  insert into qr_payment_history (payment_id, version, status, at) values (p_id, p_version, p_status, p_at);
  return next qr_payments_share_answer(saved);
end $function$
;

CREATE OR REPLACE FUNCTION public.refunds_agree(p_payment uuid)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
begin
  if (select refunded_amount from qr_payments where id = p_payment) is distinct from
    (select coalesce(sum(amount), 0)::bigint from refunds where payment_id = p_payment and status <> 'REFUSED') then
    raise exception 'payment %: the refunded amount is not the sum of its refunds', p_payment
      using errcode = 'check_violation', constraint = 'refunds_agree_with_payment';
  end if;
end $function$
;

CREATE OR REPLACE FUNCTION public.refunds_check_credit()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
AS $function$
declare
  suspense constant uuid := '00000000-0000-7000-8000-000000000006';
  differences constant uuid := '00000000-0000-7000-8000-000000000004';
  credited uuid := case when new.status = 'SUSPENDED' then suspense
    else coalesce(new.credited_account_id, differences) end;
begin
  if tg_op = 'UPDATE' and (new.status, new.credited_account_id, new.amount) is not distinct from (old.status, old.credited_account_id, old.amount)
  then
    return null;
  end if;
  if not exists (select 1 from ledger_entries e
      where e.reference = new.id::text and e.purpose in ('REFUND', 'REFUND_RELEASE') and e.amount = new.amount
        and e.credit_account_id = credited)
    or (new.credited_account_id is not null and not exists (select 1 from ledger_accounts a
      where a.id = new.credited_account_id and a.customer_id = new.customer_id))
    or (new.status = 'CREDITED' and new.credited_account_id is null and not exists (select 1 from qr_payments p
      where p.id = new.payment_id and (p.status in ('REVERSING', 'REVERSED')
        or ledger_held_from_customer(p.id::text, p.customer_id) <= refunds_paid_out(p.id, p.customer_id)
        or exists (select 1 from ledger_entries e where e.reference = p.id::text and e.purpose = 'DIFFERENCE_CREDIT')))) then
    raise exception 'refund % has no journal entry that agrees with its status', new.refund_id
      using errcode = 'check_violation', constraint = 'refunds_credited_in_journal';
  end if;
  return null;
end $function$
;

CREATE OR REPLACE FUNCTION public.refunds_check_payment()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
AS $function$
begin
  perform refunds_agree(new.id);
  return null;
end $function$
;

CREATE OR REPLACE FUNCTION public.refunds_check_sum()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
AS $function$
begin
  perform refunds_agree(new.payment_id);
  if not exists (select 1 from qr_payments p where p.id = new.payment_id and p.customer_id = new.customer_id
      and p.kaspi_payment_id = new.kaspi_payment_id and coalesce(p.account_id, new.account_id) = new.account_id) then
    raise exception 'refund % does not belong to its payment', new.refund_id
      using errcode = 'check_violation', constraint = 'refunds_of_their_payment';
  end if;
  return null;
end $function$
;

CREATE OR REPLACE FUNCTION public.refunds_difference(p_payment uuid)
 RETURNS bigint
 LANGUAGE sql
 STABLE
AS $function$
  select coalesce(sum(ledger_refund_difference(id::text)), 0)::bigint from refunds
  where payment_id = p_payment and status <> 'REFUSED'
$function$
;

CREATE OR REPLACE FUNCTION public.refunds_durable()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
AS $function$
begin
  perform platform_durable_commit();
  return null;
end $function$
;

CREATE OR REPLACE FUNCTION public.refunds_guard()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
AS $function$
begin
  if old.status = 'REFUSED' and old.recheck_at is not null and new.recheck_at is null
      and (new.id, new.fingerprint) is not distinct from (old.id, old.fingerprint)
      and new.refund_id in (old.refund_id, 'refused:' || old.id) then
    return new;
  end if;
  if old.taken_up_at is not null and old.refund_id = 'registry:' || old.id and new.refund_id <> old.refund_id then
    old.refund_id := new.refund_id;
    old.fingerprint := new.fingerprint;
  end if;
  if (new.id, new.refund_id, new.fingerprint, new.result_code, new.result_message, new.refusal, new.customer_id,
      new.kaspi_payment_id, new.payment_id, new.amount, new.account_id, new.credit_by, new.created_at)
    is distinct from (old.id, old.refund_id, old.fingerprint, old.result_code, old.result_message, old.refusal,
      old.customer_id, old.kaspi_payment_id, old.payment_id, old.amount, old.account_id, old.credit_by, old.created_at)
    or (new.status <> old.status and (old.status, new.status) not in (('ACCEPTED', 'SUSPENDED'),
      ('ACCEPTED', 'CREDITED'), ('SUSPENDED', 'CREDITED')))
    or new.taken_up_at is distinct from old.taken_up_at
    or (old.credited_at is not null and (new.credited_at, new.credited_account_id)
      is distinct from (old.credited_at, old.credited_account_id))
  then
    raise exception 'refund %: a decision cannot change', old.refund_id using errcode = 'restrict_violation';
  end if;
  return new;
end $function$
;

CREATE OR REPLACE FUNCTION public.refunds_paid_out(p_payment uuid, p_customer text)
 RETURNS bigint
 LANGUAGE sql
 STABLE
AS $function$
  select coalesce(sum(
      case when ltrim(customer_id, '0') <> ltrim(p_customer, '0') or status = 'CREDITED' and credited_account_id is null then 0 else amount end
      - ledger_held_from_customer(id::text, p_customer)), 0)::bigint
  from refunds where payment_id = p_payment and status <> 'REFUSED'
$function$
;

CREATE OR REPLACE FUNCTION public.refunds_within_payment()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
AS $function$
begin
  if new.refunded_amount + refunds_difference(new.id)
      > greatest(case when new.debited_at is not null then new.amount else 0 end, ledger_owed_to_kaspi(new.id::text))
    or new.debited_at is null and ledger_held_from_customer(new.id::text, new.customer_id) <= 0
  then
    raise exception 'payment %: more is refunded than was paid', new.id
      using errcode = 'check_violation', constraint = 'refunds_within_payment';
  end if;
  return new;
end $function$
;

CREATE OR REPLACE FUNCTION public.registries_guard()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
AS $function$
begin
  if (new.id, new.content_hash, new.name, new.size, new.source, new.received_from, new.received_at)
      is distinct from (old.id, old.content_hash, old.name, old.size, old.source, old.received_from, old.received_at)
    or (new.status <> old.status and (old.status, new.status) not in (('PROCESSING', 'RECONCILED'),
      ('PROCESSING', 'FAILED'), ('RECONCILED', 'ACCEPTED'))
      -- What was given up for an error of ours may be tried again.
      and (old.status, old.failure, new.status) is distinct from ('FAILED', 'GIVEN_UP', 'PROCESSING'))
    -- RECONCILED or ACCEPTED.
    or (old.reconciled_at is not null
      and (new.kind, new.period_from, new.period_to, new.rows, new.row_errors, new.amount, new.fee, new.stated_row,
          new.stated_rows, new.stated_amount, new.stated_fee, new.reconciled_at)
        is distinct from (old.kind, old.period_from, old.period_to, old.rows, old.row_errors, old.amount, old.fee,
          old.stated_row, old.stated_rows, old.stated_amount, old.stated_fee, old.reconciled_at))
    or (old.fee_corrected_at is not null and new.fee_corrected_at is distinct from old.fee_corrected_at)
    or (old.accepted_at is not null and (new.accepted_at, new.accepted_by)
      is distinct from (old.accepted_at, old.accepted_by))
  then
    raise exception 'registry %: its content and its acceptance cannot change', old.id using errcode = 'restrict_violation';
  end if;
  return new;
end $function$
;

CREATE OR REPLACE FUNCTION public.registry_adjusted_amount(a registry_adjustments)
 RETURNS bigint
 LANGUAGE sql
 STABLE
AS $function$
  select case a.type when 'PURCHASE' then ledger_owed_to_kaspi(a.id::text)
    else ledger_refund_difference(a.id::text) + coalesce((select f.amount from refunds_to_reconcile f where f.id = a.id), 0) end
$function$
;

CREATE OR REPLACE FUNCTION public.registry_check_entry()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
AS $function$
declare
  kinds text[] := array[ledger_account_kind(new.debit_account_id), ledger_account_kind(new.credit_account_id)];
  operation uuid;
  stands bigint;
begin
  if new.reference !~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then
    return null;
  end if;
  operation := new.reference::uuid;
  if kinds @> '{DIFFERENCES,PAYABLE_TO_KASPI}' then
    perform pg_advisory_xact_lock(65100126, hashtext(new.reference));
    stands := ledger_owed_to_kaspi(new.reference);
    if stands <> 0 and not exists (select 1 from registry_adjustments a where a.id = operation and a.amount = stands)
        and exists (select 1 from qr_payments_to_reconcile p where p.id = operation and p.amount <> stands
          union all select 1 from registry_adjustments a where a.id = operation and a.subject = 'ROW') then
      raise exception '% is owed in an amount that is neither its own nor that of a registry', new.reference
        using errcode = 'check_violation', constraint = 'registry_differences_once';
    end if;
  elsif kinds @> '{DIFFERENCES,RECEIVABLE_FROM_KASPI}' then
    perform pg_advisory_xact_lock(65100126, hashtext(new.reference));
    select registry_adjusted_amount(a) into stands from registry_adjustments a where a.id = operation and a.type = 'REFUND';
    if stands <> 0 and not exists (select 1 from registry_adjustments a where a.id = operation and a.amount = stands)
        and not exists (select 1 from refunds_to_reconcile f where f.id = operation and f.amount = stands) then
      raise exception 'refund % is owed in an amount that is neither its own nor that of a registry', new.reference
        using errcode = 'check_violation', constraint = 'registry_differences_once';
    end if;
  elsif kinds @> '{FEES,PAYABLE_TO_KASPI}' then
    perform pg_advisory_xact_lock(65100126, 0);
    if ledger_fee_of_registry(new.reference) <> 0 and exists (
        select 1 from registries n join registries o on o.id <> n.id and o.status = 'ACCEPTED' and o.kind = n.kind
          and daterange(o.period_from, o.period_to, '[]') && daterange(n.period_from, n.period_to, '[]')
        where n.id = operation and ledger_fee_of_registry(o.id::text) <> 0) then
      raise exception 'the fee of registry % is in the journal for another registry of its days', new.reference
        using errcode = 'check_violation', constraint = 'registries_fee_once';
    end if;
  end if;
  return null;
end $function$
;

CREATE OR REPLACE FUNCTION public.registry_check_refund()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
AS $function$
begin
  perform pg_advisory_xact_lock_shared(65100126, hashtext(new.kaspi_operation_id));
  if exists (select 1 from registry_adjustments a where a.kaspi_operation_id = new.kaspi_operation_id and a.type = 'REFUND'
      and a.subject = 'ROW' and a.copy_of is null
      and (registry_adjusted_amount(a) > 0 or ledger_held_from_customer(a.id::text, null) <> 0)) then
    raise exception 'refund %: operation % is taken up', new.refund_id, new.kaspi_operation_id
      using errcode = 'unique_violation', constraint = 'refunds_not_taken_up';
  end if;
  return new;
end $function$
;

CREATE OR REPLACE FUNCTION public.registry_discrepancies_guard()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
AS $function$
begin
  if (new.id, new.registry_id, new.kind, new.subject, new.row, new.found_at)
    is distinct from (old.id, old.registry_id, old.kind, old.subject, old.row, old.found_at)
  then
    raise exception 'discrepancy %: its subject cannot change', old.id using errcode = 'restrict_violation';
  end if;
  return new;
end $function$
;

CREATE OR REPLACE FUNCTION public.registry_fee(p_amount bigint, p_rate bigint)
 RETURNS bigint
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$
  select round(p_amount::numeric * p_rate::numeric * 0.000001)::bigint
$function$
;

CREATE OR REPLACE FUNCTION public.registry_newest_daily_sums(p_days date[], p_begins timestamp with time zone[], p_ends timestamp with time zone[])
 RETURNS TABLE(day date, registry_id uuid, payments integer, paid numeric, refunds integer, refunded numeric)
 LANGUAGE sql
 STABLE
AS $function$
  select d.day, r.id,
    count(*) filter (where w.type = 'PURCHASE')::int, coalesce(sum(w.amount) filter (where w.type = 'PURCHASE'), 0),
    count(*) filter (where w.type = 'REFUND')::int, coalesce(sum(w.amount) filter (where w.type = 'REFUND'), 0)
  from unnest(p_days, p_begins, p_ends) as d (day, begins, ends)
  cross join lateral (select g.id from registries g
    where g.kind = 'DAILY' and g.reconciled_at is not null and d.day between g.period_from and g.period_to
    order by g.received_at desc, g.id desc limit 1) r
  left join registry_rows w on w.registry_id = r.id and w.confirmed and w.at >= d.begins and w.at < d.ends
  group by d.day, r.id
$function$
;

CREATE OR REPLACE FUNCTION public.registry_rate(p_service text, p_mcc text, p_day date)
 RETURNS bigint
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$
  select rate from registry_tariffs
  where replaced_at is null and service = p_service and (mcc = p_mcc or mcc is null) and valid_from <= p_day
  order by mcc nulls last, valid_from desc limit 1
$function$
;

CREATE OR REPLACE FUNCTION public.registry_rows_guard()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
AS $function$
begin
  if (new.registry_id, new.row, new.type, new.kaspi_operation_id, new.mpp_payment_id, new.confirmed, new.at, new.method,
      new.customer_id, new.amount, new.fee, new.rate, new.mcc)
    is distinct from (old.registry_id, old.row, old.type, old.kaspi_operation_id, old.mpp_payment_id, old.confirmed,
      old.at, old.method, old.customer_id, old.amount, old.fee, old.rate, old.mcc)
    or (old.payment_id is not null and new.payment_id is distinct from old.payment_id)
    or (old.refund is not null and new.refund is distinct from old.refund)
  then
    raise exception 'row % of registry %: a row cannot change', old.row, old.registry_id
      using errcode = 'restrict_violation';
  end if;
  return new;
end $function$
;

CREATE OR REPLACE FUNCTION public.registry_settlements_check()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
AS $function$
begin
  if (ledger_paid_to_kaspi(new.reference), ledger_netted_with_kaspi(new.reference)) is distinct from (new.amount, new.netted) then
    raise exception 'settlement % is not in the journal', new.reference
      using errcode = 'check_violation', constraint = 'registry_settlements_in_journal';
  end if;
  return null;
end $function$
;

CREATE OR REPLACE FUNCTION public.registry_tariffs_guard()
 RETURNS trigger
 LANGUAGE plpgsql
 SET search_path TO 'public', 'pg_temp'
AS $function$
begin
  if old.replaced_at is not null
    or (new.id, new.service, new.mcc, new.rate, new.valid_from, new.set_at, new.set_by)
      is distinct from (old.id, old.service, old.mcc, old.rate, old.valid_from, old.set_at, old.set_by)
  then
    raise exception 'tariff %: it cannot change', old.id using errcode = 'restrict_violation';
  end if;
  return new;
end $function$
;

CREATE VIEW qr_payments_owed AS
 SELECT id,
    customer_id,
    mcc,
    at,
    amount,
    kaspi_operation_id
   FROM ( SELECT p_1.id,
            p_1.customer_id,
            p_1.merchant_mcc AS mcc,
            p_1.debited_at AS at,
            r.kaspi_operation_id,
                CASE
                    WHEN (p_1.contradicted_at IS NOT NULL) THEN ledger_owed_to_kaspi((p_1.id)::text)
                    WHEN (p_1.status = 'CONFIRMED'::text) THEN p_1.amount
                    ELSE (0)::bigint
                END AS amount
           FROM (qr_payments p_1
             LEFT JOIN receipts r ON ((r.payment_id = p_1.id)))
          WHERE (p_1.debited_at IS NOT NULL)
        UNION ALL
         SELECT p_1.id,
            p_1.customer_id,
            p_1.merchant_mcc,
            p_1.contradicted_at,
            r.kaspi_operation_id,
            ledger_owed_to_kaspi((p_1.id)::text) AS ledger_owed_to_kaspi
           FROM (qr_payments p_1
             LEFT JOIN receipts r ON ((r.payment_id = p_1.id)))
          WHERE ((p_1.debited_at IS NULL) AND (p_1.contradicted_at IS NOT NULL))) p
  WHERE (amount > 0);

CREATE VIEW qr_payments_to_reconcile AS
 SELECT p.id,
    p.customer_id,
    p.status,
    p.amount,
    p.merchant_mcc AS mcc,
    p.debited_at AS at,
    p.doubted_at,
    r.kaspi_operation_id,
    p.contradicted_by,
    p.contradicted_at,
    p.refunded_amount,
    r.received_at AS receipt_at
   FROM (qr_payments p
     LEFT JOIN receipts r ON ((r.payment_id = p.id)));

CREATE VIEW refunds_to_reconcile AS
 SELECT id,
    refund_id,
    payment_id,
    customer_id,
    amount,
    status,
    created_at AS at,
    kaspi_operation_id,
        CASE
            WHEN ((status = 'CREDITED'::text) AND (credited_account_id IS NULL)) THEN (0)::bigint
            ELSE amount
        END AS credited
   FROM refunds
  WHERE (status <> 'REFUSED'::text);

CREATE VIEW registry_owed AS
 SELECT 'PURCHASE'::text AS type,
    p.id,
    p.id AS payment_id,
    (p.id)::text AS mpp_payment_id,
    p.at,
    p.customer_id,
    p.amount,
    p.mcc,
    p.kaspi_operation_id,
    NULL::bigint AS payment_fee,
    NULL::bigint AS service_fee
   FROM qr_payments_owed p
  WHERE (NOT (EXISTS ( SELECT 1
           FROM registry_adjustments a
          WHERE (a.id = p.id))))
UNION ALL
 SELECT 'REFUND'::text AS type,
    f.id,
    f.payment_id,
    (f.payment_id)::text AS mpp_payment_id,
    f.at,
    f.customer_id,
    f.amount,
    NULL::text AS mcc,
    f.kaspi_operation_id,
    NULL::bigint AS payment_fee,
    NULL::bigint AS service_fee
   FROM refunds_to_reconcile f
  WHERE (NOT (EXISTS ( SELECT 1
           FROM registry_adjustments a
          WHERE (a.id = f.id))))
UNION ALL
 SELECT a.type,
    a.id,
    a.payment_id,
    a.mpp_payment_id,
    a.at,
    a.customer_id,
    s.amount,
    a.mcc,
    a.kaspi_operation_id,
    a.payment_fee,
    a.service_fee
   FROM (registry_adjustments a
     CROSS JOIN LATERAL ( SELECT registry_adjusted_amount(a.*) AS amount) s)
  WHERE (s.amount > 0);

CREATE VIEW registry_tariff_periods AS
 SELECT service,
    mcc,
    rate,
    valid_from,
    COALESCE(lead(valid_from) OVER (PARTITION BY service, mcc ORDER BY valid_from), 'infinity'::date) AS valid_until
   FROM registry_tariffs
  WHERE (replaced_at IS NULL);
