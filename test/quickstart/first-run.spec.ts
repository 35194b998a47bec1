import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { statusOf } from '../support/status-of.js';
import { until } from '../support/until.js';
import { Places } from './places.js';
import { Quickstart } from './quickstart-process.js';

const places = new Places();

async function inShell(commands: string): Promise<string[]> {
  const { stdout, stderr } = await promisify(execFile)('sh', ['-c', commands]);
  expect(stderr).toBe('');
  return stdout.trimEnd().split('\n');
}

describe('A first run with no setting at all', () => {
  let dataDir: string;
  let running: Quickstart;
  beforeAll(async () => {
    dataDir = join(await places.folder(), 'data');
  });
  const start = async () => {
    running = await Quickstart.start(places, { DATA_DIR: dataDir });
  };
  const balance = async () => {
    const [line = ''] = await inShell(
      running.commands.replace(/^(QR|PAYMENT|PURCHASE|curl .*(confirm|receipt|refunds|notifications)).*$/gm, ''),
    );
    return JSON.parse(line).items[0].balance;
  };

  it('prints its steps with their times, then all addresses', async () => {
    await start();
    expect(running.text).toMatch(/^PostgreSQL 18\.\d+ started +\d+\.\d s$/m);
    expect(running.text).toMatch(/^Customer 900900000001 has 100000\.00 KZT in «Основной счёт» +\d+\.\d s$/m);
    expect(running.where('Data')).toBe(dataDir);
    for (const page of [
      running.where('Swagger UI'),
      `${running.where('Mobile API').replace('/v1', '')}/health/ready`,
    ]) {
      expect(await statusOf(page)).toBe(200);
    }
    expect(await statusOf(running.where('Kaspi Pay simulator'))).toBeLessThan(500);
  });

  it('prints commands for a first payment that work when they are copied', async () => {
    const lines = (await inShell(running.commands)).map((line) => JSON.parse(line));
    const [payment, russian, kazakh, refund, refunds, notifications, accounts, trialBalance] = lines;
    expect(payment).toMatchObject({ status: 'CONFIRMED', amount: '1500.00' });
    expect(russian.linkReceipt).toMatch(/^https:/);
    expect(kazakh.linkReceipt).toMatch(/kk/);
    expect(refund).toMatchObject({ amount: '500.00', status: 'ACCEPTED' });
    expect(refunds.items).toMatchObject([{ paymentId: payment.id, amount: '500.00' }]);
    expect(notifications.items).toEqual(expect.any(Array));
    expect(accounts.items).toMatchObject([{ name: 'Основной счёт' }]);
    expect(trialBalance).toMatchObject({ balanced: true });
    await until('the refund is credited', balance, (amount) => amount === '99000.00');
    const shown = async () => {
      const answer = await fetch(`${running.where('Kaspi Pay simulator')}/notifications`);
      return ((await answer.json()) as { items: { type: string; verified: boolean }[] }).items;
    };
    const received = await until('the notifications', shown, (items) => items.length === 3);
    expect(received.map(({ type }) => type).sort()).toEqual([
      'payment.confirmed',
      'refund.accepted',
      'refund.credited',
    ]);
    expect(received.every(({ verified }) => verified)).toBe(true);
  });

  it('refuses a second start on the same data, and names the first one', async () => {
    // With the same port, as two plain `npm start` have: the message is about the data folder nevertheless.
    const PORT = /127\.0\.0\.1:(\d+)\/v1/.exec(running.text)?.[1] ?? '';
    const second = await Quickstart.launch(places, { DATA_DIR: dataDir, PORT }).end();
    expect(second.code).toBe(1);
    expect(second.text).toContain(`Already running as process ${running.child.pid}, mobile API at http://127.0.0.1:`);
    expect(await balance()).toBe('99000.00');
  });

  it('stops everything at SIGTERM, and ends with 0', async () => {
    const { code, text } = await running.end('SIGTERM');
    expect(code).toBe(0);
    expect(text).toMatch(/Stopping…\nStopped\.$/);
    expect((await readdir(dataDir)).sort()).toEqual(['postgres', 'postgres.log', 'simulator.jsonl']);
  });

  it('has its data at the next start, and makes no second deposit for the first customer', async () => {
    await start();
    expect(running.text).toContain('Database is up to date');
    expect(await balance()).toBe('99000.00');
  });

  it('continues after a kill and an immediate restart', async () => {
    await running.end('SIGKILL');
    await start();
    expect(await balance()).toBe('99000.00');
    expect((await running.end('SIGINT')).code).toBe(0);
  });
});

describe('A start that is interrupted', () => {
  it('at any step ends with 0 and can be started again', async () => {
    const env = { DATA_DIR: await places.folder() };
    for (const step of ['Empty database created', 'PostgreSQL 18', 'Database migrated']) {
      const interrupted = Quickstart.launch(places, env);
      await interrupted.prints(step);
      expect(await interrupted.end('SIGINT')).toMatchObject({ code: 0 });
      expect(interrupted.text).not.toContain('Cannot start');
    }
    const again = await Quickstart.start(places, env);
    expect((await again.end('SIGTERM')).code).toBe(0);
  });
});
