import 'reflect-metadata';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { Settings } from '@mpp/config';
import type { CustomerId, PaymentId } from '@mpp/kernel';
import { callOf } from '@mpp/platform';
import { Confirmations } from '@mpp/qr-payments';
import { startServer } from '../apps/mpp-server/start.js';
import { CONFIRM_FACTS } from '../libs/qr-payments/persistence/payments.repository.js';
import { CUSTOMERS, connect, customerOf, median, pgbench, seedCustomers, seedPayments, uuidOf } from './database.js';
import { withDatabase } from './embedded.js';
import { startProcess } from './processes.js';

/**
 * P1 and P2: what a confirm costs through the whole server, and without HTTP, as a ratio to pgbench that runs the same
 * two statements on the same database in the same run. The notify is not part of it: it waits in the outbox, as when
 * another process delivers it.
 */
const CLIENTS = 16;
const PAIRS = Number(process.env.BENCH_PAIRS ?? 5);
const SECONDS = Number(process.env.BENCH_SECONDS ?? 5);
// More payments per client and round than can be confirmed in the time.
const SPAN = 400 * SECONDS;

type Call = (n: number) => Promise<void>;

/** Confirms payments one after the other in each of the clients until the time is over; returns confirms per second. */
async function drive(base: number, call: Call): Promise<number> {
  const until = performance.now() + SECONDS * 1000;
  let confirmed = 0;
  const started = performance.now();
  await Promise.all(
    Array.from({ length: CLIENTS }, async (_, client) => {
      for (let i = 0; i < SPAN && performance.now() < until; i++, confirmed++) await call(base + client * SPAN + i);
    }),
  );
  return (confirmed * 1000) / (performance.now() - started);
}

/** The statements as the server sends them, each parameter written as an expression of the payment's number. */
function pgbenchScript(folder: string): string {
  const payment = `('0000000b-0000-7000-8000-' || lpad(to_hex(:n::int), 12, '0'))::uuid`;
  const account = `('0000000a-0000-7000-8000-' || lpad(to_hex(:n::int % ${CUSTOMERS}), 12, '0'))::uuid`;
  const write = (sql: string, values: readonly unknown[]) =>
    `${sql.replace(/\$(\d+)/g, (_, index: string) => String(values[Number(index) - 1])).replace(/\s+/g, ' ')};`;
  const body = `'{"result":{"resultCode":"SUCCESS","resultMessage":"success"},"payment":{"paymentId":"x","mppPaymentId":"y"},"customerId":"C1"}'`;
  const script = [
    `\\set n :base + :client_id * ${SPAN} + :i`,
    '\\set i :i + 1',
    write(CONFIRM_FACTS, [payment, `('C' || (:n::int % ${CUSTOMERS}))`, 'null']),
    write(
      ...callOf('qr_payments_write_decision', {
        p_id: payment,
        p_version: '1',
        p_from: `'AWAITING_CONFIRMATION'`,
        p_status: `'PROCESSING'`,
        p_at: 'now()',
        p_amount: '10000',
        p_failure: 'null',
        p_reason: 'null',
        p_notify_result: `'SUCCESS'`,
        p_message: 'gen_random_uuid()',
        p_topic: `'notifyPayment'`,
        p_payload: `('{"body":' || to_json(${body}::text) || '}')::json`,
        p_next_attempt_at: 'now()',
        p_lease: 'null',
        p_request_id: `'r'`,
        p_request: body,
        p_debit_account: account,
        p_credit_account: `'00000000-0000-7000-8000-000000000002'`,
        p_day_begins: 'null',
        p_daily_sum: 'null',
        p_daily_count: 'null',
      }),
    ),
  ].join('\n');
  const file = path.join(folder, 'confirm.sql');
  writeFileSync(file, script);
  return file;
}

async function tokens(url: string): Promise<string[]> {
  return Promise.all(
    Array.from({ length: CUSTOMERS }, async (_, n) => {
      const body = JSON.stringify({ customerId: customerOf(n) });
      const answer = await fetch(`${url}/dev/token`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
      });
      return ((await answer.json()) as { token: string }).token;
    }),
  );
}

function httpCall(url: string, agent: http.Agent, token: readonly string[]): Call {
  return (n) =>
    new Promise((resolve, reject) => {
      const headers = { authorization: `Bearer ${token[n % CUSTOMERS]}`, 'content-type': 'application/json' };
      const request = http.request(
        `${url}/v1/payments/${uuidOf('b', n)}/confirm`,
        { method: 'POST', agent, headers },
        (answer) => {
          answer.resume();
          answer.once('end', () =>
            answer.statusCode === 202 ? resolve() : reject(new Error(`HTTP ${answer.statusCode}`)),
          );
        },
      );
      request.once('error', reject);
      request.end('{}');
    });
}

async function measure(databaseUrl: string, folder: string): Promise<void> {
  // A PS that never answers, and room for one notify: every other one waits in the outbox.
  const silent = net.createServer(() => undefined);
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const env = {
    DATABASE_URL: databaseUrl,
    KASPI_BASE_URL: `http://127.0.0.1:${(silent.address() as AddressInfo).port}`,
    PORT: '0',
    HOST: '127.0.0.1',
    KASPI_LISTEN_PORT: '0',
    KASPI_LISTEN_HOST: '127.0.0.1',
    BACKGROUND_WORK: 'off',
    NOTIFY_CONCURRENCY: '1',
    CONFIRM_WAIT_MS: '0',
    KASPI_TIMEOUT_MS: '120000',
  };
  const inProcess = await startServer(Settings.read({ ...env, LOG_LEVEL: 'silent' }));
  const children: ChildProcess[] = [];
  const url = await startProcess('mpp-server', env, children);
  const client = await connect(databaseUrl);
  await seedCustomers(client);

  const payments = inProcess.app.get(Confirmations, { strict: false });
  const request = { account: null, amount: null, expectedAmount: null };
  const direct: Call = async (n) =>
    void (await payments.confirm(customerOf(n) as CustomerId, uuidOf('b', n) as PaymentId, request, 'ru'));
  const agent = new http.Agent({ keepAlive: true, maxSockets: CLIENTS });
  const throughHttp = httpCall(url, agent, await tokens(url));
  const script = pgbenchScript(folder);

  const rounds: { limit: number; direct: number; http: number }[] = [];
  let next = 0;
  for (let pair = 0; pair <= PAIRS; pair++) {
    const bases = [next, next + CLIENTS * SPAN, next + 2 * CLIENTS * SPAN] as const;
    await seedPayments(client, next, 3 * CLIENTS * SPAN);
    next += 3 * CLIENTS * SPAN;
    const limit = pgbench(databaseUrl, script, CLIENTS, SECONDS, { base: bases[0], i: 0 });
    const round = { limit, direct: await drive(bases[1], direct), http: await drive(bases[2], throughHttp) };
    // The first round warms up.
    if (pair === 0) continue;
    rounds.push(round);
    report(`round ${pair}`, round);
  }
  report('median', {
    limit: median(rounds.map((r) => r.limit)),
    direct: median(rounds.map((r) => r.direct)),
    http: median(rounds.map((r) => r.http)),
  });
  process.stdout.write(
    `P1 confirm through the whole server / pgbench: ${median(rounds.map((r) => r.http / r.limit)).toFixed(2)} (goal 0.45)\n` +
      `P2 confirm without HTTP / pgbench: ${median(rounds.map((r) => r.direct / r.limit)).toFixed(2)} (goal 0.90)\n`,
  );
  await client.end();
  agent.destroy();
  for (const child of children) child.kill('SIGKILL');
  silent.close();
  // The one notify that hangs would hold up a clean stop.
  void inProcess.stop();
}

function report(name: string, { limit, direct, http: whole }: { limit: number; direct: number; http: number }): void {
  const perSecond = (value: number) => `${value.toFixed(0)}/s`.padStart(8);
  process.stdout.write(
    `${name.padEnd(8)}  pgbench ${perSecond(limit)}  without HTTP ${perSecond(direct)}  whole server ${perSecond(whole)}\n`,
  );
}

const folder = mkdtempSync(path.join(os.tmpdir(), 'mpp-bench-'));
try {
  await withDatabase(folder, (url) => measure(url, folder));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exit(0);
