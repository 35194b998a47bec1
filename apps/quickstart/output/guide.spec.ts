import { execFileSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import { type Facts, printGuide } from './guide.js';
import { Printer } from './printer.js';

function printGuideText(facts: Partial<Facts>): string {
  const output: string[] = [];
  const stream = { isTTY: false, on: () => stream, write: (text: string) => output.push(text) };
  const allFacts: Facts = {
    publicUrl: 'http://127.0.0.1:3000',
    kaspiUrl: 'http://127.0.0.1:3001',
    simulatorUrl: 'http://127.0.0.1:3100',
    notifications: { secret: 'whsec_made' },
    core: null,
    database: { url: 'postgresql://postgres@localhost:5432/mpp?host=/tmp/sockets', embeddedIn: '/mpp/data/postgres' },
    dataDir: '/mpp/data',
    customer: { id: '900900000001', token: 'eyJ…' },
  };
  printGuide(new Printer(stream as unknown as NodeJS.WriteStream, {}), { ...allFacts, ...facts });
  return output.join('');
}

describe('The printed guide', () => {
  it('lists all addresses in plain text', () => {
    const text = printGuideText({});
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

  it('names PostgreSQL’s folder if it is not in the data folder', () => {
    const database = { url: 'postgresql://localhost/mpp', embeddedIn: '/var/lib/elsewhere' };
    expect(printGuideText({ database })).toContain('/var/lib/elsewhere (its user cannot enter /mpp/data)');
  });

  it('has commands to refund the paid purchase and to list the customer’s notifications', () => {
    const lines = printGuideText({}).split('\n');
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

  it('has a command for a second server that sends notifications to the same phone', () => {
    const settings = 'NOTIFICATION_URL=http://127.0.0.1:3100/notifications NOTIFICATION_SECRET=whsec_made PORT=3010';
    expect(printGuideText({})).toContain(settings);
  });

  it('does not show a secret that a variable set', () => {
    expect(printGuideText({ notifications: { secret: null } })).not.toContain('NOTIFICATION_SECRET');
  });

  it('has no phone if the notifications go to another gateway', () => {
    expect(printGuideText({ notifications: null })).not.toMatch(/phone|notification/i);
    expect(printGuideText({ notifications: null })).toContain('$SHOP/pos/refunds');
  });

  it('has no payment commands without the simulator', () => {
    const text = printGuideText({ simulatorUrl: null, notifications: null });
    expect(text).toContain('TOKEN=');
    expect(text).not.toMatch(/SHOP|QR=|PAYMENT|PURCHASE|refund|phone|simulator|registry/i);
  });

  it('has no token and no commands without the development issuer', () => {
    expect(printGuideText({ customer: null })).not.toMatch(/token|curl/i);
  });

  it('names the simulated core, its operations, and the settings for a second server', () => {
    const text = printGuideText({ core: { token: 'core-token' } });
    expect(text).toMatch(/Customers’ accounts +at the simulated core, http:\/\/127\.0\.0\.1:3100\/core\n/);
    expect(text).toContain('3100/core/operations\n');
    expect(text).toContain('CORE_BANKING_URL=http://127.0.0.1:3100/core CORE_BANKING_TOKEN=core-token PORT=3010');
    expect(text).toContain('curl -sS "$SHOP/core/operations?customerId=900900000001"; echo\n');
    expect(printGuideText({ core: { token: null } })).not.toContain('CORE_BANKING_TOKEN');
    expect(printGuideText({})).not.toMatch(/core/i);
  });

  it('says that only the bank opens accounts if CORE_BANKING_URL is set', () => {
    const text = printGuideText({ core: 'named', customer: null });
    expect(text).toMatch(/Customers’ accounts +at the core of CORE_BANKING_URL; .* no first customer\n/);
    expect(text).not.toMatch(/simulated core|TOKEN|curl|core\/operations/);
  });

  it('does not show a database that a variable set, because its URL contains a password', () => {
    expect(printGuideText({ database: { url: 'postgresql://mpp:secret@db/mpp', embeddedIn: null } })).not.toContain(
      'secret',
    );
  });
});
