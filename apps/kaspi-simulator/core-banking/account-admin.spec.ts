import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { coreClientOf, creditOf, debitOf } from '../testing/core-client.js';
import { TestSimulator } from '../testing/test-simulator.js';

const simulator = new TestSimulator();
const core = coreClientOf(() => simulator.running.core.url);
const order = { customerId: '900900000001', name: 'Основной счёт' };
const idOf = ({ body }: { body: Record<string, unknown> }) => String(body.id);

beforeAll(() => simulator.start());
afterAll(() => simulator.end());

/** Letters become numbers, A is 10; the remainder modulo 97 is 1. Source: ISO 13616. */
function isIban(text: string): boolean {
  const moved = text.slice(4) + text.slice(0, 4);
  const digits = [...moved].map((character) => Number.parseInt(character, 36)).join('');
  return BigInt(digits) % 97n === 1n;
}

describe('The bank’s account administration', () => {
  it('opens an account with a valid IBAN as its id', async () => {
    const { status, body } = await core.call('POST', '/accounts', order);
    expect({ status, body }).toEqual({
      status: 201,
      body: {
        id: expect.stringMatching(/^KZ\d{18}$/),
        ...order,
        currency: 'KZT',
        balance: '0.00',
        status: 'OPEN',
        preferred: false,
      },
    });
    expect(isIban(String(body.id))).toBe(true);
  });

  it('opens an account with the given currency, balance, status and preference', async () => {
    const options = { currency: 'USD', balance: '10.5', status: 'BLOCKED', preferred: true };
    expect((await core.call('POST', '/accounts', { ...order, ...options })).body).toMatchObject({
      ...options,
      balance: '10.50',
    });
  });

  it('changes only the given fields, also after a restart', async () => {
    const id = idOf(await core.call('POST', '/accounts', { ...order, balance: '5.00' }));
    expect(await core.call('PATCH', `/accounts/${id}`, { status: 'BLOCKED' })).toMatchObject({
      status: 200,
      body: { id, status: 'BLOCKED', balance: '5.00' },
    });
    await core.call('PATCH', `/accounts/${id}`, { balance: '70.00', status: 'OPEN' });
    await simulator.restart();
    const { body } = await core.call('GET', '/accounts');
    expect(body.items).toContainEqual(
      expect.objectContaining({ id, status: 'OPEN', balance: '70.00', name: order.name }),
    );
  });

  it('keeps one preferred account per customer: the last one that was set', async () => {
    const customerId = 'preferring';
    const ids: string[] = [];
    for (const preferred of [true, true, false]) {
      ids.push(idOf(await core.call('POST', '/accounts', { ...order, customerId, preferred })));
    }
    const preferred = () => simulator.running.core.accounts(customerId).filter((each) => each.preferred);
    expect(preferred()).toMatchObject([{ id: ids[1] }]);
    await core.call('PATCH', `/accounts/${ids[2]}`, { preferred: true });
    await simulator.restart();
    expect(preferred()).toMatchObject([{ id: ids[2] }]);
  });

  it.each<[string, unknown, string]>([
    ['invalid JSON', '{', 'the body must be JSON'],
    ['no customer', { name: 'A' }, 'customerId'],
    ['a customer’s id of 13 characters', { ...order, customerId: '1'.repeat(13) }, 'customerId'],
    ['a balance in words', { ...order, balance: 'much' }, 'balance'],
    ['a balance as a number', { ...order, balance: 5 }, 'balance'],
    ['an unknown status', { ...order, status: 'SLEEPING' }, 'status'],
    ['a currency of one letter', { ...order, currency: 'T' }, 'currency'],
    ['a misspelt field', { ...order, ballance: '1.00' }, 'ballance'],
  ])('refuses %s with the reason', async (_what, body, field) => {
    const answer = await core.call('POST', '/accounts', body);
    expect(answer).toMatchObject({ status: 400, body: { message: expect.stringContaining(field) } });
  });

  it.each<[string, unknown]>([
    ['nothing', {}],
    ['a customer', { customerId: 'other' }],
  ])('changes no account by %s', async (_what, change) => {
    const id = idOf(await core.call('POST', '/accounts', order));
    expect(await core.call('PATCH', `/accounts/${id}`, change)).toMatchObject({ status: 400 });
  });

  it('answers 404 to a change of an unknown account', async () => {
    expect(await core.call('PATCH', '/accounts/KZ00', { status: 'OPEN' })).toMatchObject({ status: 404 });
  });

  it('lists every operation with its request, outcome and repeats, newest first', async () => {
    const customerId = 'looked at';
    const { id } = simulator.running.core.openAccount({ customerId, name: 'A', balance: '150.00' });
    const debit = debitOf(id, 'looked-1', { customerId, reference: 'p-1' });
    const credit = creditOf(id, 'looked-2', { customerId, reference: 'ref-2' });
    const late = debitOf(id, 'looked-3', { customerId, reference: 'p-3', amount: '500.00' });
    await core.debit(debit);
    simulator.clock.pass(1000);
    await core.debit(debit);
    await core.credit(credit);
    await core.debit(late);
    const { currency: _, ...request } = debit;
    const listed = {
      ...request,
      kind: 'DEBIT',
      debitId: null,
      outcome: 'DONE',
      reason: null,
      coreReference: expect.stringMatching(/^CORE/),
      moved: true,
      reversedAt: null,
      timesAsked: 2,
      firstAskedAt: '2026-02-19T10:00:00.000Z',
      lastAskedAt: '2026-02-19T10:00:01.000Z',
    };
    const { body } = await core.call('GET', `/operations?customerId=${encodeURIComponent(customerId)}`);
    expect(body.items).toEqual([
      expect.objectContaining({
        operationId: 'looked-3',
        outcome: 'REFUSED',
        reason: 'INSUFFICIENT_FUNDS',
        moved: false,
      }),
      expect.objectContaining({ operationId: 'looked-2', kind: 'CREDIT', outcome: 'DONE' }),
      listed,
    ]);
    expect((await core.call('GET', '/operations?reference=p-1')).body.items).toEqual([listed]);
    expect(simulator.running.core.operations({ reference: 'p-1' })).toEqual([listed]);
    expect(simulator.running.core.operations({ reference: 'p-1', customerId: 'other' })).toEqual([]);
  });

  it('throws the same errors when it is called within the process', () => {
    expect(() => simulator.running.core.openAccount({ customerId: '', name: 'A' })).toThrow('customerId');
    expect(() => simulator.running.core.changeAccount('KZ00', { preferred: true })).toThrow('no account KZ00');
  });
});
