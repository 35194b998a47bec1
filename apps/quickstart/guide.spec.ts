import { execFileSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import { type Facts, printGuide } from './guide.js';
import { Printer } from './printer.js';

function printed(facts: Partial<Facts>): string {
  const output: string[] = [];
  const stream = { isTTY: false, on: () => stream, write: (text: string) => output.push(text) };
  const everything: Facts = {
    publicUrl: 'http://127.0.0.1:3000',
    kaspiUrl: 'http://127.0.0.1:3001',
    simulatorUrl: 'http://127.0.0.1:3100',
    notifications: { secret: 'whsec_made' },
    core: null,
    database: { url: 'postgresql://postgres@localhost:5432/mpp?host=/tmp/sockets', embeddedIn: '/mpp/data/postgres' },
    dataDir: '/mpp/data',
    customer: { id: '900900000001', token: 'eyJ…' },
  };
  printGuide(new Printer(stream as unknown as NodeJS.WriteStream, {}), { ...everything, ...facts });
  return output.join('');
}

describe('What a start prints', () => {
  it('tells where everything is, in plain text', () => {
    const text = printed({});
    for (const address of [
      '3000/v1',
      '3000/docs',
      '3001\n',
      '3100\n',
      '3100/registry/daily.xlsx\n',
      '3100/phone?customerId=900900000001\n',
      "psql 'postgresql://",
      '/mpp/data\n',
    ]) {
      expect(text).toContain(address);
    }
    expect(text).not.toContain('\u001b');
    expect(text).not.toContain('cannot enter');
  });

  it('tells where PostgreSQL’s files are when they are not in the data folder', () => {
    const database = { url: 'postgresql://localhost/mpp', embeddedIn: '/var/lib/elsewhere' };
    expect(printed({ database })).toContain('/var/lib/elsewhere (its user cannot enter /mpp/data)');
  });

  it('has the commands of a refund, of the very purchase that was paid, and shows what the customer was told', () => {
    const lines = printed({}).split('\n');
    const [, purchase = ''] =
      /^PURCHASE=.*(sed .*)\)$/.exec(lines.find((line) => line.startsWith('PURCHASE=')) ?? '') ?? [];
    const items = ['b', 'a'].map((name) => ({
      type: 'Dynamic',
      paymentId: `kaspi-${name}`,
      mppPaymentId: `our-${name}`,
    }));
    const script = `PAYMENT=our-a; ${purchase}`;
    const found = execFileSync('sh', ['-c', script], { input: JSON.stringify({ items }), encoding: 'utf8' });
    expect(found.trim()).toBe('kaspi-a');
    const order = [
      '/confirm',
      'PURCHASE=',
      '$SHOP/pos/refunds',
      '$MPP/v1/refunds',
      '$SHOP/notifications',
      '/v1/accounts',
    ];
    const places = order.map((part) => lines.findIndex((line) => line.includes(part)));
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(places).not.toContain(-1);
  });

  it('lets a second server tell the same phone', () => {
    const told = 'NOTIFICATION_URL=http://127.0.0.1:3100/notifications NOTIFICATION_SECRET=whsec_made PORT=3010';
    expect(printed({})).toContain(told);
  });

  it('does not show a secret that a variable named', () => {
    expect(printed({ notifications: { secret: null } })).not.toContain('NOTIFICATION_SECRET');
  });

  it('has no phone where the notifications go elsewhere', () => {
    expect(printed({ notifications: null })).not.toMatch(/phone|notification/i);
    expect(printed({ notifications: null })).toContain('$SHOP/pos/refunds');
  });

  it('has no commands of a payment without the simulator', () => {
    const text = printed({ simulatorUrl: null, notifications: null });
    expect(text).toContain('TOKEN=');
    expect(text).not.toMatch(/SHOP|QR=|PAYMENT|PURCHASE|refund|phone|simulator|registry/i);
  });

  it('has no token and no commands without the development issuer', () => {
    expect(printed({ customer: null })).not.toMatch(/token|curl/i);
  });

  it('tells that the stand-in core keeps the accounts, where its store is, and how a second server reaches it', () => {
    const text = printed({ core: { token: 'core-token' } });
    expect(text).toMatch(/Customers’ accounts +at the stand-in core, http:\/\/127\.0\.0\.1:3100\/core\n/);
    expect(text).toContain('3100/core/operations\n');
    expect(text).toContain('CORE_BANKING_URL=http://127.0.0.1:3100/core CORE_BANKING_TOKEN=core-token PORT=3010');
    expect(text).toContain('curl -sS "$SHOP/core/operations?customerId=900900000001"; echo\n');
    expect(printed({ core: { token: null } })).not.toContain('CORE_BANKING_TOKEN');
    expect(printed({})).not.toMatch(/core/i);
  });

  it('tells that only the bank opens accounts, where a variable names its core', () => {
    const text = printed({ core: 'named', customer: null });
    expect(text).toMatch(/Customers’ accounts +at the core of CORE_BANKING_URL; .* no first customer\n/);
    expect(text).not.toMatch(/stand-in|TOKEN|curl|core\/operations/);
  });

  it('does not show a database that a variable named: its URL holds a password', () => {
    expect(printed({ database: { url: 'postgresql://mpp:secret@db/mpp', embeddedIn: null } })).not.toContain('secret');
  });
});
