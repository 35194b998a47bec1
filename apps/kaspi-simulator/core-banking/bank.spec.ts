import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { CoreAccountStatus, CoreReason } from '@mpp/core-banking/wire';
import { Money } from '@mpp/kernel';
import fc from 'fast-check';
import { CoreConflict, type CoreOrder } from '../domain/core-operation.js';
import { PlannedRefusal } from '../faults/planned-refusals.js';
import { Store } from '../store/store.js';
import { creditOf, debitOf, reversalOf } from '../testing/core-client.js';
import { TestClock } from '../testing/simulator-client.js';
import { AccountAdmin } from './account-admin.js';
import { Bank } from './bank.js';

/**
 * Few ids, accounts and amounts, so that repeats, late debits and second reversals occur. Each debit has its own account and
 * amount, which its reversals repeat, unless they are odd.
 */
const AMOUNTS = ['40.00', '60.01', '100.00'];
const pick = fc.nat({ max: 2 });
const odd = fc.oneof({ weight: 7, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) });
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('debit'), id: pick, odd }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('credit'), id: pick, odd }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('reverse'), id: pick, of: pick, odd }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('repeat'), id: fc.nat() }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('change'),
      account: pick,
      status: fc.constantFrom<CoreAccountStatus>('OPEN', 'OPEN', 'BLOCKED', 'CLOSED'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('refuse'), reason: fc.constant<CoreReason>('OTHER') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart') }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** An independent model of the core, built from its answers only. */
class ExpectedBooks {
  readonly balances = new Map<string, bigint>();
  readonly answers = new Map<string, string>();
  private readonly debited = new Map<string, bigint>();
  private readonly reversed = new Set<string>();

  /** `rareCases` collects the rare cases that occurred. */
  constructor(private readonly rareCases: Set<string>) {}

  recordAnswer({ kind, request }: CoreOrder, answer: { outcome: string; reason?: CoreReason }): void {
    const text = JSON.stringify(answer);
    const before = this.answers.get(request.operationId);
    this.answers.set(request.operationId, text);
    if (before !== undefined && (kind !== 'REVERSAL' || before.includes('"DONE"'))) {
      expect(text).toBe(before);
      return;
    }
    const tiyn = Money.parse(request.amount).tiyn;
    if (kind === 'DEBIT' && this.reversed.has(request.operationId)) {
      this.rareCases.add('a debit after its reversal');
      expect(['REVERSED_BEFORE', 'OTHER']).toContain(answer.reason);
    }
    if (before !== undefined && answer.outcome === 'DONE') this.rareCases.add('a reversal executed after a refusal');
    if (answer.outcome !== 'DONE') return;
    if (kind === 'DEBIT') this.debited.set(request.operationId, tiyn);
    this.move(
      request.accountId,
      kind === 'REVERSAL' ? this.returnedAmount(request.debitId) : kind === 'DEBIT' ? -tiyn : tiyn,
    );
  }

  private returnedAmount(debitId: string): bigint {
    if (this.reversed.has(debitId)) return 0n;
    this.reversed.add(debitId);
    if (this.debited.has(debitId)) this.rareCases.add('money returned');
    return this.debited.get(debitId) ?? 0n;
  }

  private move(accountId: string, tiyn: bigint): void {
    this.balances.set(accountId, (this.balances.get(accountId) ?? 0n) + tiyn);
  }
}

describe('Any sequence of requests, changes and restarts of the core', () => {
  it('creates and loses no money, changes no answer, and survives a restart', () => {
    const folder = mkdtempSync(join(tmpdir(), 'bank-'));
    const rareCases = new Set<string>();
    let runs = 0;
    const property = fc.property(fc.array(step, { minLength: 5, maxLength: 40 }), (steps) => {
      runs += 1;
      play(join(folder, `${runs}.jsonl`), steps, rareCases);
    });
    try {
      fc.assert(property, { numRuns: 200 });
      const rare = [
        'a conflict',
        'a debit after its reversal',
        'a reversal executed after a refusal',
        'money returned',
      ];
      expect([...rareCases].sort()).toEqual(rare);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

function play(path: string, steps: readonly Step[], rareCases: Set<string>): void {
  const clock = new TestClock(new Date('2026-02-19T10:00:00Z'));
  let store = new Store(path);
  const accountAdmin = () => new AccountAdmin(store, clock);
  const book = new ExpectedBooks(rareCases);
  const ids = ['c1', 'c1', 'c2'].map((customerId) => {
    const order = {
      customerId,
      name: 'A',
      currency: 'KZT',
      balance: '100.00',
      status: 'OPEN',
      preferred: false,
    } as const;
    const { id } = accountAdmin().openAccount(order);
    book.balances.set(id, 10_000n);
    return { accountId: id, customerId };
  });
  const orders: CoreOrder[] = [];
  let planned: PlannedRefusal | null = null;
  const sendOrder = (order: CoreOrder) => {
    const before = JSON.stringify(accountAdmin().listOperations());
    try {
      book.recordAnswer(order, new Bank(store, clock).executeOrder(order, planned));
      orders.push(order);
    } catch (error) {
      if (!(error instanceof CoreConflict)) throw error;
      rareCases.add('a conflict');
      expect(JSON.stringify(accountAdmin().listOperations())).toBe(before);
    }
    if (planned?.used === true) planned = null;
  };
  for (const each of steps) {
    switch (each.do) {
      case 'refuse':
        planned = new PlannedRefusal('OTHER');
        break;
      case 'restart':
        store.onApplicationShutdown();
        store = new Store(path);
        break;
      case 'change':
        accountAdmin().changeAccount(ids[each.account]?.accountId ?? '', { status: each.status });
        break;
      case 'repeat': {
        const order = orders[each.id % Math.max(1, orders.length)];
        if (order !== undefined) sendOrder(order);
        break;
      }
      default:
        sendOrder(orderOf(each, ids));
    }
    for (const { id, balance } of accountAdmin().listAccounts())
      expect(Money.parse(balance).tiyn).toBe(book.balances.get(id));
    for (const [id, text] of book.answers) expect(JSON.stringify(new Bank(store, clock).outcomeOf(id))).toBe(text);
  }
  store.onApplicationShutdown();
}

type Ordered = Extract<Step, { odd: boolean }>;

function orderOf(each: Ordered, accounts: readonly { accountId: string; customerId: string }[]): CoreOrder {
  // An odd order has the amount of another one.
  const content = (id: number) => {
    const { accountId = '', customerId = '' } = accounts[id] ?? {};
    return [accountId, { customerId, amount: AMOUNTS[(id + Number(each.odd)) % AMOUNTS.length] }] as const;
  };
  const { id } = each;
  if ('of' in each) {
    const [accountId, change] = content(each.of);
    return { kind: 'REVERSAL', request: reversalOf(accountId, `d${each.of}`, `r${id}`, change) };
  }
  const [accountId, change] = content(id);
  return each.do === 'debit'
    ? { kind: 'DEBIT', request: debitOf(accountId, `d${id}`, change) }
    : { kind: 'CREDIT', request: creditOf(accountId, `c${id}`, change) };
}
