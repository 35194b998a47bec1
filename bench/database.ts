import { spawnSync } from 'node:child_process';
import pg from 'pg';

/** Customers and payments with ids that both pgbench and the server can compute from a number. */
export const CUSTOMERS = 500;
const FUNDING = '00000000-0000-7000-8000-000000000001';

export const uuidOf = (kind: 'a' | 'b', n: number) =>
  `0000000${kind}-0000-7000-8000-${n.toString(16).padStart(12, '0')}`;
export const customerOf = (n: number) => `C${n % CUSTOMERS}`;

/** A client that survives the end of its connection: the next query fails instead. */
export async function connect(connectionString: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

/** Opens the customers' accounts, each with a hundred million tenge. */
export async function seedCustomers(client: pg.Client): Promise<void> {
  await client.query(
    `insert into ledger_accounts (id, kind, customer_id, name, balance, created_at)
     select ('0000000a-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'CUSTOMER', 'C' || n, 'bench', 0, now()
     from generate_series(0, $1 - 1) n`,
    [CUSTOMERS],
  );
  await client.query(
    `select ledger_post('DEPOSIT', 'bench', $1, ('0000000a-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 10000000000, now())
     from generate_series(0, $2 - 1) n`,
    [FUNDING, CUSTOMERS],
  );
}

/** Payments of 100.00 that wait for their customers, numbered from..from+count-1. */
export async function seedPayments(client: pg.Client, from: number, count: number): Promise<void> {
  await client.query(
    `insert into qr_payments (id, kaspi_payment_id, customer_id, qr_code_type, status, amount, confirm_until, answered_at,
       expires_at, merchant_id, merchant_name, merchant_mcc, created_at, updated_at)
     select ('0000000b-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'bench-' || n, 'C' || (n % $3), 'Dynamic',
       'AWAITING_CONFIRMATION', 10000, now() + interval '1 day', now(), now() + interval '1 day', '1', 'bench', '5812', now(), now()
     from generate_series($1::int, $1::int + $2::int - 1) n`,
    [from, count, CUSTOMERS],
  );
  await client.query('vacuum analyze qr_payments');
}

/** Runs pgbench with the script for so many seconds and returns its transactions per second. */
export function pgbench(
  databaseUrl: string,
  script: string,
  clients: number,
  seconds: number,
  variables: Record<string, number>,
): number {
  const { status, stdout, stderr } = spawnSync(
    'pgbench',
    [
      '-n',
      '-M',
      'prepared',
      '-c',
      String(clients),
      '-j',
      '2',
      '-T',
      String(seconds),
      '-f',
      script,
      ...Object.entries(variables).flatMap(([name, value]) => ['-D', `${name}=${value}`]),
      databaseUrl,
    ],
    { encoding: 'utf8' },
  );
  if (status !== 0)
    throw new Error(
      `pgbench failed (is it installed? Debian: postgresql-contrib or postgresql):\n${stderr || 'not found'}`,
    );
  return Number(/tps = ([\d.]+)/.exec(stdout)?.[1]);
}

export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
