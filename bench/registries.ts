import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdtempSync, openAsBlob, readdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { writeXlsxStream } from 'hucre/xlsx';
import type pg from 'pg';
import { migrate } from '../apps/mpp-server/migration.js';
import { connect } from './database.js';
import { withDatabase } from './embedded.js';
import { startProcess } from './processes.js';

/**
 * P9: a registry of ROWS rows against as many payments, by a whole server: uploaded over HTTP, read, matched, compared in
 * both directions. Measured from outside, by what the kernel counts: processor time of the server (all its threads) and of
 * PostgreSQL (all its processes), and the most memory that the server has held, under a heap that is kept small.
 */
const ROWS = Number(process.env.ROWS ?? 1_000_000);
/** Every so-maniest row has another amount than the books, and as many payments are in no row. */
const DIFFERS_EVERY = 10_000;
const DAY = '2026-03-10';
const CHUNK = 100_000;
const TICKS_PER_SECOND = 100;
/** V8 keeps garbage for as long as it is given room: so much it is given, to see what is needed. */
const HEAP = '--max-old-space-size=192 --max-semi-space-size=4';
const GOAL = { cpuSeconds: 60, memoryMb: 300 };

const idOf = (n: number) => `0000000b-0000-7000-8000-${n.toString(16).padStart(12, '0')}`;

async function seed(client: pg.Client): Promise<void> {
  for (const table of ['qr_payments', 'receipts']) await client.query(`alter table ${table} disable trigger all`);
  for (let from = 0; from < ROWS; from += CHUNK) {
    const to = Math.min(from + CHUNK, ROWS) - 1;
    await client.query(
      `insert into qr_payments (id, kaspi_payment_id, customer_id, qr_code_type, status, amount, account_id, answered_at, merchant_mcc,
         notify_result, debited_at, confirmed_at, settled_by, created_at, updated_at)
       select ('0000000b-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'bench-' || n, 'C' || n, 'Dynamic', 'CONFIRMED', 100000 + n,
         '00000000-0000-7000-8000-000000000001', at, '5812', 'SUCCESS', at, at, 'KASPI', at, at
       from (select n, '${DAY}T01:00:00+05:00'::timestamptz + n * interval '70 milliseconds' as at from generate_series($1::int, $2::int) n) p`,
      [from, to],
    );
    await client.query(
      `insert into receipts (payment_id, kaspi_operation_id, received_at)
       select ('0000000b-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'QR' || n, '${DAY}' from generate_series($1::int, $2::int) n`,
      [from, to],
    );
  }
  for (const table of ['qr_payments', 'receipts']) {
    await client.query(`alter table ${table} enable trigger all`);
    await client.query(`vacuum analyze ${table}`);
  }
}

const HEADER = [
  ...['Наименование Участника', '#', 'ID операции Kaspi', 'ID операции участника', 'Подтвержденный платеж'],
  ...['Дата и время операции', 'Тип операции', 'Тип оплаты', 'ID клиента', 'Сумма Платежа, тенге'],
  ...['Комиссия за Платежную услугу, тенге', 'Размер тарифа, Платежная услуга, %', 'Категория продавца (MCC)'],
];

function* rows(): Generator<(string | number)[]> {
  const tenge = (tiyn: number) =>
    (tiyn / 100)
      .toFixed(2)
      .replace('.', ',')
      .replace(/\B(?=(\d{3})+,)/g, '\u00A0');
  for (let n = 0; n < ROWS; n++) {
    if (n % DIFFERS_EVERY === 1) continue;
    const amount = 100_000 + n + (n % DIFFERS_EVERY === 0 ? 1 : 0);
    const time = new Date(Date.parse(`${DAY}T01:00:00Z`) + n * 70).toISOString().slice(11, 19);
    const fee = Math.floor((amount * 5 + 500) / 1000);
    yield [
      ...['АО "_____ Bank"', n + 1, `QR${n}`, idOf(n), 'ДА', `10.03.2026 ${time}`, 'Покупка', 'QR', `C${n}`],
      ...[tenge(amount), tenge(fee), '0,50', '5812'],
    ];
  }
}

async function main(): Promise<void> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'mpp-bench-'));
  const children: ChildProcess[] = [];
  try {
    await withDatabase(folder, async (url) => {
      await migrate({ DATABASE_URL: url });
      const client = await connect(url);
      await seed(client);
      const file = path.join(folder, 'registry.xlsx');
      const columns = HEADER.map((header) => ({ header }));
      await pipeline(
        Readable.fromWeb(writeXlsxStream(rows(), { name: 'Реестр', columns }) as never),
        createWriteStream(file),
      );
      say(`${ROWS} payments, a file of ${Math.round((await openAsBlob(file)).size / 1e6)} MB`);
      await measure(url, file, client, children);
      await client.end();
      for (const child of children) await stopped(child);
    });
  } finally {
    for (const child of children) child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measure(databaseUrl: string, file: string, client: pg.Client, children: ChildProcess[]): Promise<void> {
  const env = {
    ...{
      DATABASE_URL: databaseUrl,
      PORT: '0',
      KASPI_LISTEN_PORT: '0',
      HOST: '127.0.0.1',
      KASPI_LISTEN_HOST: '127.0.0.1',
    },
    ...{
      KASPI_BASE_URL: 'http://127.0.0.1:9',
      LOG_LEVEL: 'info',
      REGISTRY_MAX_BYTES: String(256 * 1024 * 1024),
      NODE_OPTIONS: HEAP,
    },
  };
  const url = await startProcess('mpp-server', env, children);
  const pid = children.at(-1)?.pid ?? 0;
  const { rows: found } = await client.query<{ pid: number }>(
    `select pid from pg_stat_activity where backend_type = 'checkpointer'`,
  );
  const postgres = parentOf(found[0]?.pid ?? 0);
  const answer = await fetch(`${url}/dev/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ roles: ['accounting'] }),
  });
  const { token } = (await answer.json()) as { token: string };
  const authorization = `Bearer ${token}`;
  say(`an idle server: ${memoryOf(pid).toFixed(0)} MB at most`);
  const [server, database, began] = [cpuOf(pid), cpuOfTree(postgres), Date.now()];
  const body = new FormData();
  body.append('file', await openAsBlob(file), 'registry.xlsx');
  const sent = await fetch(`${url}/ops/v1/registries`, { method: 'POST', headers: { authorization }, body });
  const { id } = (await sent.json()) as { id: string };
  say(`uploaded: ${memoryOf(pid).toFixed(0)} MB at most`);
  for (;;) {
    const reply = await fetch(`${url}/ops/v1/registries/${id}`, { headers: { authorization } });
    const registry = (await reply.json()) as Record<string, unknown>;
    if (registry.status !== 'PROCESSING') {
      say(JSON.stringify(registry));
      break;
    }
    await pause(500);
  }
  const seconds = (Date.now() - began) / 1000;
  const cpu = { server: cpuOf(pid) - server, database: cpuOfTree(postgres) - database };
  const memoryMb = memoryOf(pid);
  say(
    `server ${cpu.server.toFixed(1)} s of CPU (goal ${GOAL.cpuSeconds}), ${memoryMb.toFixed(0)} MB at most (goal ${GOAL.memoryMb})`,
  );
  say(`PostgreSQL ${cpu.database.toFixed(1)} s of CPU, ${seconds.toFixed(1)} s in all`);
}

function stopped(child: ChildProcess): Promise<unknown> {
  const exit = once(child, 'exit');
  child.kill();
  return exit;
}

const statOf = (pid: number) =>
  readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
/** The most that it ever had in memory, in MB. */
const memoryOf = (pid: number) =>
  Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
const parentOf = (pid: number) => Number(statOf(pid)[1]);

/** Seconds of user and system time of a process, its threads and the children it has waited for. */
function cpuOf(pid: number): number {
  return (
    statOf(pid)
      .slice(11, 15)
      .reduce((sum, ticks) => sum + Number(ticks), 0) / TICKS_PER_SECOND
  );
}

function cpuOfTree(root: number): number {
  const children = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return parentOf(pid) === root;
      } catch {
        return false;
      }
    });
  return [root, ...children].reduce((sum, pid) => sum + cpuOf(pid), 0);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

await main();
