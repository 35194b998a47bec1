import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '../support/until.js';
import { Places } from './places.js';
import { Quickstart } from './quickstart-process.js';

const places = new Places();
const CUSTOMER = '900900000001';

async function inShell(commands: string): Promise<string[]> {
  const { stdout, stderr } = await promisify(execFile)('sh', ['-c', commands]);
  expect(stderr).toBe('');
  return stdout.trimEnd().split('\n');
}

async function itemsAt(url: string): Promise<Record<string, unknown>[]> {
  return ((await (await fetch(url)).json()) as { items: Record<string, unknown>[] }).items;
}

describe('A first run with --core=http', () => {
  let running: Quickstart;
  beforeAll(async () => {
    const DATA_DIR = join(await places.folder(), 'data');
    running = await Quickstart.start(places, { DATA_DIR }, { args: ['--core=http'] });
  });
  const core = () => `${running.where('Kaspi Pay simulator')}/core`;

  it('prints that the accounts are at the simulated core, and where its records are', async () => {
    expect(running.text).toMatch(/^Customer 900900000001 has 100000\.00 KZT at the simulated core +\d+\.\d s$/m);
    expect(running.where('Customers’ accounts')).toBe(`at the simulated core, ${core()}`);
    expect(running.where('What that core did')).toBe(`${core()}/operations`);
    expect(await itemsAt(`${core()}/accounts`)).toMatchObject([
      { customerId: CUSTOMER, name: 'Основной счёт', balance: '100000.00', preferred: true },
    ]);
  });

  it('refuses calls to that core without the server’s token', async () => {
    expect((await fetch(`${core()}/v1/customers/${CUSTOMER}/accounts`)).status).toBe(401);
  });

  it('prints commands for a payment, which the core debits once, and for a refund, which it credits once', async () => {
    const lines = (await inShell(running.commands)).map((line) => JSON.parse(line));
    const [payment, russian, , refund, refunds, , accounts, operations, trialBalance] = lines;
    expect(payment).toMatchObject({ status: 'CONFIRMED', amount: '1500.00' });
    expect(russian.linkReceipt).toMatch(/^https:/);
    expect(refund).toMatchObject({ amount: '500.00', status: 'ACCEPTED' });
    expect(refunds.items).toMatchObject([{ paymentId: payment.id, amount: '500.00' }]);
    const [account] = await itemsAt(`${core()}/accounts`);
    expect(accounts.items).toMatchObject([{ name: 'Основной счёт', coreAccountId: account?.id, currency: 'KZT' }]);
    const debit = { kind: 'DEBIT', customerId: CUSTOMER, accountId: account?.id, amount: '1500.00' };
    const done = { outcome: 'DONE', moved: true, reversedAt: null };
    expect(operations.items).toContainEqual(expect.objectContaining({ ...debit, ...done, reference: payment.id }));
    expect(trialBalance).toMatchObject({ balanced: true });

    const balance = async () => (await itemsAt(`${core()}/accounts`))[0]?.balance;
    await until('the refund is credited', balance, (amount) => amount === '99000.00');
    expect(await itemsAt(`${core()}/operations`)).toMatchObject([
      { kind: 'CREDIT', amount: '500.00', ...done },
      { ...debit, ...done },
    ]);
  });

  it('stops everything at SIGTERM, and ends with 0', async () => {
    expect((await running.end('SIGTERM')).code).toBe(0);
  });
});

describe('The arguments of npm start', () => {
  const outcome = (args: readonly string[], env: Record<string, string> = {}) =>
    Quickstart.launch(places, env, { args }).end();

  it.each([
    ['--core=grpc', {}],
    ['--cores', {}],
    ['--core=http', { KASPI_BASE_URL: 'http://127.0.0.1:9' }],
  ])('stop an impossible start with one sentence: %s %j', async (argument, env) => {
    const { code, text } = await outcome([argument], env);
    expect(code).toBe(1);
    expect(text).toMatch(new RegExp(`^Cannot start\n${argument}: [^\n]+$`));
  });

  it('print the usage and start nothing', async () => {
    const { code, text } = await outcome(['--help']);
    expect(code).toBe(0);
    expect(text).toMatch(/^Usage: npm start/);
  });
});
