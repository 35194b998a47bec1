import { beforeAll, describe, expect, it } from '@jest/globals';
import type { TrialBalanceBody } from '../support/mpp.js';
import type { ServerProcess } from '../support/server-process.js';
import { until } from '../support/until.js';
import { twoProcesses } from './two-processes.js';

const PAYMENTS = 200;
const CUSTOMERS = 10;

interface StatementBody extends Record<string, unknown> {
  openingBalance: string;
  closingBalance: string;
  items: { entryId: string; debit: string; credit: string; balance: string }[];
  nextCursor: string | null;
}

describe('the books, while 200 payments run at once through two processes', () => {
  const fixture = twoProcesses({
    CONFIRM_WAIT_MS: '20000',
    // All 200 are scanned at once.
    SCAN_TIMEOUT_MS: '30000',
    LEDGER_SEAL_MS: '100',
    LEDGER_VERIFY_MS: '1000',
  });
  let servers: [ServerProcess, ServerProcess];
  let accounts: string[];

  beforeAll(async () => {
    servers = [fixture.one, fixture.two];
    accounts = await Promise.all(
      Array.from({ length: CUSTOMERS }, (_, index) => servers[0].mpp.open(customer(index), '10000.00')),
    );
  });

  const customer = (index: number) => `90090000${String(index % CUSTOMERS).padStart(4, '0')}`;
  const server = (index: number) => servers[index % 2] as ServerProcess;

  async function get<Body extends Record<string, unknown>>(at: number, path: string): Promise<Body> {
    const { mpp } = server(at);
    const answer = await mpp.call<Body>('GET', `/ops/v1/ledger/${path}`, { token: await mpp.teamToken('accounting') });
    if (answer.status !== 200) throw new Error(`${path} was answered ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  const trial = (at: number, moment?: string) =>
    get<TrialBalanceBody & { at: string }>(at, `trial-balance${moment === undefined ? '' : `?at=${moment}`}`);
  const sumOf = ({ lines }: TrialBalanceBody, side: 'debit' | 'credit') =>
    lines.reduce((sum, line) => sum + BigInt(line[side].replace('.', '')), 0n);

  it('are balanced in every trial balance, present and past, and are sealed meanwhile', async () => {
    const ids = await Promise.all(
      Array.from({ length: PAYMENTS }, async (_, index) => {
        const caller = await server(index).mpp.as(customer(index));
        return (await caller.scan(`books-${index}`)).body.payment.id;
      }),
    );
    let running = true;
    const payments = Promise.all(
      ids.map(async (id, index) => (await (await server(index).mpp.as(customer(index))).confirm(id)).body.status),
    ).finally(() => {
      running = false;
    });
    const looks: (TrialBalanceBody & { at: string })[] = [];
    for (let look = 0; running; look++) {
      const seen = looks.at(-1)?.at;
      looks.push(await trial(look));
      if (seen !== undefined) looks.push(await trial(look + 1, seen));
    }
    const ended = await payments;
    expect(ended.filter((status) => status !== 'CONFIRMED')).toEqual([]);
    expect(looks.length).toBeGreaterThan(5);
    for (const look of looks) {
      expect(look.balanced).toBe(true);
      expect(sumOf(look, 'debit')).toBe(sumOf(look, 'credit'));
    }
    // The trial balances show states in between, not only the beginning and the end.
    const transit = looks.map(({ lines }) => lines.find(({ account }) => account === 'IN_TRANSIT')?.credit);
    expect(new Set(transit).size).toBeGreaterThan(2);
  });

  it('end with nothing in transit and all of it payable to Kaspi', async () => {
    const { lines } = await trial(0);
    expect(lines).toEqual(
      expect.arrayContaining([
        { account: 'CUSTOMER', debit: '0.00', credit: '80000.00' },
        { account: 'IN_TRANSIT', debit: '0.00', credit: '0.00' },
        { account: 'PAYABLE_TO_KASPI', debit: '0.00', credit: '20000.00' },
      ]),
    );
  });

  it('are sealed in one chain without gaps, and verified', async () => {
    const rows = () =>
      fixture.database.query<{ left: number; numbers: number; last: number }>(
        `select (select count(*)::int from ledger_entries where id > coalesce(max(s.last_id), 0)) as left,
           count(*)::int as numbers, max(s.number)::int as last from ledger_seals s`,
      );
    const [chain] = await until('all is sealed', rows, ([row]) => row?.left === 0);
    expect(chain?.numbers).toBeGreaterThan(2);
    expect(chain?.last).toBe(chain?.numbers);
    const heads = servers.flatMap(({ lines }) =>
      lines.flatMap((line) => /head (\d+:[0-9a-f]{64})/.exec(line)?.[1] ?? []),
    );
    const [head] = await fixture.database.query<{ head: string }>(
      "select number || ':' || encode(hash, 'hex') as head from ledger_seals order by number desc limit 1",
    );
    expect(heads).toContain(head?.head);
    const checked = async () => get<{ items: { entries: number; faults: number }[] }>(1, 'verifications?limit=1');
    const entries = 2 * PAYMENTS + CUSTOMERS;
    const { items } = await until('all is checked', checked, ({ items: [last] }) => last?.entries === entries);
    expect(items).toMatchObject([{ faults: 0 }]);
    const faults = await fixture.database.query("select 1 from alerts where kind = 'LEDGER_FAULT'");
    expect(faults).toEqual([]);
  });

  it('give each account a statement, page by page from both processes, that ends with the customer’s balance', async () => {
    const lines: StatementBody['items'] = [];
    const path = `accounts/${accounts[0]}/statement?limit=7`;
    let page = await get<StatementBody>(0, path);
    for (let at = 1; ; at++) {
      lines.push(...page.items);
      if (page.nextCursor === null) break;
      page = await get<StatementBody>(at, `${path}&cursor=${page.nextCursor}`);
    }
    expect(lines.map(({ balance }) => balance)).toEqual(
      Array.from({ length: 1 + PAYMENTS / CUSTOMERS }, (_, index) => `${10000 - 100 * index}.00`),
    );
    expect(page.closingBalance).toBe(await (await server(0).mpp.as(customer(0))).balance());
  });
});
