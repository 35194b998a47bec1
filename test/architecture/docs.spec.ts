import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { Settings, SettingsError } from '@mpp/config';
import { RESULT_CODE_TABLE } from '@mpp/qr-payments';
import { printGuide } from '../../apps/quickstart/output/guide.js';
import { Printer } from '../../apps/quickstart/output/printer.js';
import { variables } from '../../config/variables.js';
import { ALERT_KINDS } from '../../libs/alerts/domain/alert.js';
import { CHART, PURPOSES } from '../../libs/ledger/domain/chart.js';

const ROOT = join(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

/** No setting with bounds in words takes it: neither a name nor a number, and no regular expression. */
const NONSENSE = '( \u0000';
const NEEDED = { DATABASE_URL: 'postgresql://localhost/mpp', KASPI_BASE_URL: 'https://kaspi.example' };
const NAMES = Object.keys(variables.shape);
/** The first table of the page: name, default, bounds. */
const ROWS = [...settingsTable().matchAll(/^\| `([A-Z_]+)` *\|([^|]*)\|([^|]*)\|/gm)].map(
  ([, name = '', fallback = '', bounds = '']) => ({ name, fallback: plain(fallback), bounds: plain(bounds) }),
);

describe('the settings in docs/settings.md', () => {
  it('are all settings of the code', () => {
    expect(NAMES.length).toBeGreaterThan(20);
    expect(ROWS.map(({ name }) => name)).toEqual(NAMES);
  });

  it('have the documented defaults', () => {
    const settings = Settings.read(NEEDED);
    for (const { name, fallback } of ROWS) {
      const found = isRefused(name, '') ? 'required' : String(settings[name as keyof Settings] ?? '') || 'none';
      expect(`${name}: ${found}`).toBe(`${name}: ${fallback}`);
    }
  });

  it('have the documented bounds', () => {
    for (const { name, bounds } of ROWS) {
      const [, least, most] = /^(\d+) to (\d+)$/.exec(bounds)?.map(Number) ?? [];
      const listed = /^[a-z]+(, [a-z]+)+$/.test(bounds) ? bounds.split(', ') : [];
      const taken = least === undefined || most === undefined ? listed : [least, most];
      const refused = least === undefined || most === undefined ? [NONSENSE] : [least - 1, most + 1, 'x'];
      for (const value of taken)
        expect({ name, value, refused: isRefused(name, String(value)) }).toMatchObject({ refused: false });
      if (bounds === '') continue;
      for (const value of refused)
        expect({ name, value, refused: isRefused(name, String(value)) }).toMatchObject({ refused: true });
    }
  });
});

describe('the result codes in docs/result-codes.md', () => {
  const rows = [
    ...read('docs/result-codes.md').matchAll(/^\| `([A-Z_]+)` *\| ([a-zA-Z, ]+) *\| ([^|]*)\| ([^|]*)\|$/gm),
  ].map((row) => row.slice(1).map((cell) => cell?.trim()));

  const MONEY: Readonly<Record<string, string>> = {
    settle: 'stays with Kaspi',
    reverse: 'goes back at once',
    'reverse unless sent before': 'goes back, unless an earlier attempt may have arrived',
    doubt: 'waits',
  };

  it('are those of the code, each with its effect on the money and an explanation', () => {
    const meant = Object.entries(RESULT_CODE_TABLE).map(([code, { methods, afterDebit, operations }]) => {
      const debited = methods.includes('notifyPayment');
      return [code, methods.join(', '), debited ? MONEY[afterDebit] : 'none was debited', operations];
    });
    expect(rows.filter(([code]) => code !== undefined && code in RESULT_CODE_TABLE)).toEqual(meant);
  });
});

describe('the documents’ tables of', () => {
  /** The cells of the table with this head, without the head. */
  const table = (document: string, head: RegExp) => {
    const [, rows = ''] = read(document).split(head);
    return (rows.split('\n\n')[0] ?? '')
      .split('\n')
      .slice(2)
      .map((row) => row.split('|').slice(1, -1).map(plain));
  };

  it('accounts and entries agree with the chart of the code', () => {
    const chart = Object.entries(CHART).map(([kind, { normalSide, meaning }]) => [
      kind,
      normalSide.toLowerCase(),
      meaning,
    ]);
    expect(table('docs/accounting/books.md', /^\| account .*meaning .*$/m)).toEqual(chart);
    expect(table('docs/accounting/books.md', /^\| entry .*meaning .*$/m)).toEqual(Object.entries(PURPOSES));
  });

  it('alerts name every kind of alert', () => {
    expect(table('docs/run.md', /^\| kind .*meaning .*$/m).map(([kind]) => kind)).toEqual(ALERT_KINDS);
  });
});

describe('the documents', () => {
  it('show the first payment with the commands that npm start prints', () => {
    const [, commands = ''] = /```sh\n(MPP=[^`]*)```/.exec(read('docs/first-payment.md')) ?? [];
    expect(commands.split('\n').length).toBeGreaterThan(10);
    expect(guide()).toContain(commands);
  });

  it('link only to existing files', () => {
    const documents = ['*.md', 'docs/**/*.md'].flatMap((pattern) => globSync(pattern, { cwd: ROOT }));
    const links = documents.flatMap((document) =>
      [...read(document).matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, link = '']) => join(dirname(document), link)),
    );
    expect(links.length).toBeGreaterThan(10);
    expect(links.filter((link) => !existsSync(join(ROOT, link)))).toEqual([]);
  });
});

function settingsTable(): string {
  return read('docs/settings.md').split('## `npm start`')[0] ?? '';
}

function plain(cell: string): string {
  return cell.replaceAll('`', '').trim();
}

/** What `npm start` prints at the end, where no variable is set. */
function guide(): string {
  const output = new PassThrough();
  printGuide(new Printer(output as unknown as NodeJS.WriteStream, {}), {
    publicUrl: 'http://127.0.0.1:3000',
    kaspiUrl: 'http://127.0.0.1:3001',
    simulatorUrl: 'http://127.0.0.1:3100',
    notifications: { secret: 'whsec_' },
    core: null,
    database: { url: 'postgresql://localhost/mpp', embeddedIn: '/data/postgres' },
    dataDir: '/data',
    customer: { id: '900900000001', token: 'ey' },
  });
  return String(output.read());
}

/** Whether the start would be stopped for this variable. */
function isRefused(name: string, value: string): boolean {
  try {
    // The pause's two bounds are checked against each other; the smallest base leaves the other one free.
    Settings.read({
      ...NEEDED,
      NOTIFY_RETRY_BASE_MS: '1',
      REFUND_RETRY_BASE_MS: '1',
      CORE_BANKING_RETRY_BASE_MS: '1',
      NOTIFICATION_RETRY_BASE_MS: '1',
      [name]: value,
    });
    return false;
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    return error.problems.some((problem) => problem.name === name);
  }
}
