import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Money } from '@mpp/kernel';
import { COFFEE_BAR, DEMO_QR_CODE } from '../domain/demo-qr.js';
import { startDynamicSale, startReusableSale } from '../domain/sale.js';
import { PARKING } from '../domain/service-form.js';
import { Store } from './store.js';

const now = new Date('2026-02-19T10:00:00Z');
const saleOf = (qrCode: string) => startDynamicSale({ qrCode, amount: Money.parse('1500'), merchant: COFFEE_BAR }, now);

describe('The store', () => {
  let folder: string;
  let path: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'store-'));
    path = join(folder, 'data', 'simulator.jsonl');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** As a killed process leaves it: nothing is closed in an orderly way before the file is read again. */
  const reopened = (use: (store: Store) => void) => {
    const store = new Store(path);
    use(store);
    store.onApplicationShutdown();
  };

  it('writes an event to the file before the request is answered', () => {
    reopened((store) => {
      const sale = saleOf('592');
      store.recordEvents(sale);
      expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual(sale);
    });
  });

  it('does not change the permissions of existing folders', () => {
    const before = statSync(folder).mode;
    reopened(() => undefined);
    expect(statSync(folder).mode).toBe(before);
  });

  it('restores all events after a restart, also from a long file', () => {
    const sales = Array.from({ length: 10_000 }, (_, index) => saleOf(`592${index}`));
    reopened((store) => {
      store.recordEvents(...sales);
    });
    reopened(({ purchases }) => {
      expect(purchases.listPurchases(undefined).map(({ paymentId }) => paymentId)).toEqual(
        sales.map(({ paymentId }) => paymentId).reverse(),
      );
    });
  });

  it('ignores a line that was cut off when the process was killed, and appends after the last whole line', () => {
    reopened((store) => store.recordEvents(saleOf('first')));
    appendFileSync(path, JSON.stringify(saleOf('torn')).slice(0, 60));
    reopened((store) => {
      expect(store.purchases.listPurchases(undefined)).toHaveLength(1);
      store.recordEvents(saleOf('second'));
    });
    reopened(({ purchases }) => {
      expect(purchases.listPurchases(undefined).map(({ qrCode }) => qrCode)).toEqual(['second', 'first']);
    });
  });

  it('does not start with a file that is damaged elsewhere, and names the line', () => {
    reopened((store) => store.recordEvents(saleOf('first')));
    const whole = readFileSync(path, 'utf8');
    writeFileSync(path, `${whole}{"event":"crea\n${whole}`);
    expect(() => new Store(path)).toThrow(/simulator\.jsonl, line 2: /);
  });

  it('also reads a file of the first version, which had only Dynamic purchases', () => {
    const events = [
      { event: 'created', paymentId: 'p1', qrCode: '5921', amount: '1500.00', merchant: COFFEE_BAR },
      { event: 'scanned', paymentId: 'p1', customerId: 'c1' },
      {
        event: 'decided',
        paymentId: 'p1',
        customerId: 'c1',
        mppPaymentId: 'm1',
        result: 'CANCELLED_BY_CLIENT',
        receipt: null,
      },
      { event: 'created', paymentId: 'p2', qrCode: DEMO_QR_CODE, amount: '100.00', merchant: COFFEE_BAR },
      { event: 'scanned', paymentId: 'p2', customerId: 'c1' },
    ];
    const times = { at: now.toISOString(), canConfirmUntil: '2026-02-19T10:05:00.000Z' };
    mkdirSync(dirname(path));
    writeFileSync(path, events.map((event) => `${JSON.stringify({ ...times, ...event })}\n`).join(''));
    reopened(({ purchases }) => {
      expect(purchases.findByQrCode('5921')).toMatchObject({
        type: 'Dynamic',
        decision: { result: 'CANCELLED_BY_CLIENT' },
      });
      expect(purchases.findOpen(DEMO_QR_CODE, 'c1', now)).toMatchObject({ type: 'Dynamic', paymentId: 'p2' });
    });
  });

  it('is damaged if a purchase is checked out twice', () => {
    const qr = {
      type: 'Custom',
      qrCode: 'c',
      merchant: COFFEE_BAR,
      service: PARKING,
      price: Money.parse('1'),
    } as const;
    const sale = startReusableSale({ ...qr, lifetimeMs: undefined }, now);
    const { paymentId, at } = sale;
    reopened((store) => {
      store.recordEvents(sale, {
        event: 'checked-out',
        at,
        paymentId,
        parameters: [],
        amount: '1.00',
        canConfirmUntil: at,
      });
    });
    const [created, checkedOut] = readFileSync(path, 'utf8').split('\n');
    writeFileSync(path, `${created}\n${checkedOut}\n${checkedOut}\n`);
    expect(() => new Store(path)).toThrow('line 3: purchase');
  });

  it('is damaged if an unknown refund is answered, or a refund is answered twice', () => {
    const requested = {
      event: 'refund-requested',
      at: now.toISOString(),
      refundId: 'Ref1',
      requestId: 'r',
      paymentId: 'p',
      customerId: 'c',
      amount: '1.00',
      receipt: { operationId: 'QR1', linkReceipt: '', pdfReceipt: '' },
    };
    const answered = {
      event: 'refund-answered',
      at: requested.at,
      refundId: 'Ref1',
      resultCode: 'SUCCESS',
      attempts: 1,
    };
    const written = (...events: object[]) => {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, events.map((event) => `${JSON.stringify(event)}\n`).join(''));
    };
    written(requested, answered);
    reopened(({ refunds }) => {
      expect(refunds.getByRefundId('Ref1').answer).toMatchObject({ resultCode: 'SUCCESS' });
      expect(refunds.listUnanswered()).toEqual([]);
    });
    for (const [events, message] of [
      [[answered], 'line 1: there is no refund Ref1'],
      [[requested, requested], 'line 2: refund Ref1 exists already'],
      [[requested, answered, answered], 'line 3: refund Ref1 is answered already'],
    ] as const) {
      written(...events);
      expect(() => new Store(path)).toThrow(message);
    }
  });

  it('is damaged if the core decides an operation twice, or an event names an unknown account or operation', () => {
    const at = now.toISOString();
    const account = { accountId: 'KZ1', customerId: 'c', name: 'A', currency: 'KZT', status: 'OPEN', preferred: false };
    const opened = { event: 'core-account-opened', at, account: { ...account, balance: '1.00' } };
    const changed = { event: 'core-account-changed', at, accountId: 'KZ1', change: { status: 'CLOSED' } };
    const order = { kind: 'DEBIT', request: { operationId: 'd', accountId: 'KZ1', amount: '1.00' } };
    const answer = { operationId: 'd', outcome: 'DONE' };
    const decided = { event: 'core-decided', at, order, answer, moved: true };
    const requested = { event: 'core-requested', at, operationId: 'd' };
    const written = (...events: object[]) => {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, events.map((event) => `${JSON.stringify(event)}\n`).join(''));
    };
    written(opened, decided, requested, changed);
    reopened(({ core }) => {
      expect(core.findOperation('d')).toMatchObject({ timesAsked: 2 });
      expect(core.getAccount('KZ1')).toMatchObject({ status: 'CLOSED', balance: Money.ZERO });
    });
    for (const [events, message] of [
      [[changed], 'line 1: there is no account KZ1'],
      [[opened, opened], 'line 2: account KZ1 is open already'],
      [[opened, decided, decided], 'line 3: operation d is decided already'],
      [[opened, requested], 'line 2: operation d has no decision'],
    ] as const) {
      written(...events);
      expect(() => new Store(path)).toThrow(message);
    }
  });

  it('reads the events of an older file by their earlier names', () => {
    const at = now.toISOString();
    const receipt = { operationId: 'QR1', linkReceipt: '', pdfReceipt: '' };
    const refund = { refundId: 'Ref1', requestId: 'r', paymentId: 'p', customerId: 'c', amount: '1.00', receipt };
    const order = { kind: 'DEBIT', request: { operationId: 'd', accountId: 'KZ1', amount: '1.00' } };
    const events = [
      { event: 'refund-asked', at, ...refund },
      { event: 'core-decided', at, order, answer: { operationId: 'd', outcome: 'REFUSED' }, moved: false },
      { event: 'core-asked', at, operationId: 'd' },
    ];
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, events.map((event) => `${JSON.stringify(event)}\n`).join(''));
    reopened(({ refunds, core }) => {
      expect(refunds.listUnanswered().map(({ refundId }) => refundId)).toEqual(['Ref1']);
      expect(core.findOperation('d')).toMatchObject({ timesAsked: 2 });
    });
  });

  it('assigns increasing operation numbers, also after a restart', () => {
    const sale = saleOf('592');
    const { paymentId } = sale;
    const receipt = { operationId: 'QR9999999999999', linkReceipt: '', pdfReceipt: '' };
    reopened((store) => {
      const customerId = '900900000001';
      store.recordEvents(sale, { event: 'scanned', at: sale.at, paymentId, customerId });
      store.recordEvents({
        event: 'decided',
        at: sale.at,
        paymentId,
        customerId,
        mppPaymentId: 'm',
        result: 'SUCCESS',
        receipt,
      });
    });
    reopened(({ operationNumbers }) => expect(operationNumbers.nextNumber(now)).toBe(10_000_000_000_000));
  });
});
