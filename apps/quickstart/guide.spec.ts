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
    for (const address of ['3000/v1', '3000/docs', '3001 (health', '3100\n', "psql 'postgresql://", '/mpp/data\n']) {
      expect(text).toContain(address);
    }
    expect(text).not.toContain('\u001b');
    expect(text).not.toContain('cannot enter');
  });

  it('tells where PostgreSQL’s files are when they are not in the data folder', () => {
    const database = { url: 'postgresql://localhost/mpp', embeddedIn: '/var/lib/elsewhere' };
    expect(printed({ database })).toContain('/var/lib/elsewhere (its user cannot enter /mpp/data)');
  });

  it('has no commands of a payment without the simulator', () => {
    const text = printed({ simulatorUrl: null });
    expect(text).toContain('TOKEN=');
    expect(text).not.toMatch(/SHOP|QR=|PAYMENT|simulator/i);
  });

  it('has no token and no commands without the development issuer', () => {
    expect(printed({ customer: null })).not.toMatch(/token|curl/i);
  });

  it('does not show a database that a variable named: its URL holds a password', () => {
    expect(printed({ database: { url: 'postgresql://mpp:secret@db/mpp', embeddedIn: null } })).not.toContain('secret');
  });
});
