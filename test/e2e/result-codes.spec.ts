import { describe, expect, it } from '@jest/globals';
import { FILLED, happyKaspi, refusal } from '../support/kaspi-peer.js';
import { attemptsFixture } from './attempts-fixture.js';
import { CHECKOUT_REFUSALS, expectSentences, NOTIFY_CODES, SCAN_REFUSALS } from './result-code-cases.js';

describe('every code with which the PS answers', () => {
  const { fixture, deliverAndWait, expectOneNotify, debited } = attemptsFixture();

  describe('to the notify of a debit (R11, R12)', () => {
    const END = {
      CONFIRMED: { balance: '900.00', journal: ['PAYMENT', 'SETTLEMENT'], waiting: 0 },
      REVERSED: { balance: '1000.00', journal: ['PAYMENT', 'REVERSAL'], waiting: 0 },
      PROCESSING: { balance: '900.00', journal: ['PAYMENT'], waiting: 1 },
    };

    async function expectEnd(who: Awaited<ReturnType<typeof debited>>, status: keyof typeof END, code: string) {
      const { alia, id } = who;
      const { body } = await alia.payment(id);
      expect({ code, status: body.status }).toEqual({ code, status });
      expect(await alia.balance()).toBe(END[status].balance);
      expect(await fixture.journal(id)).toEqual(END[status].journal);
      expect(await fixture.messages()).toHaveLength(END[status].waiting);
      if (status !== 'REVERSED') return expect(body.failure).toBeNull();
      const kazakh = await fixture.server.mpp.call<typeof body>('GET', `/v1/payments/${id}`, {
        token: await fixture.server.mpp.customerToken(alia.id),
        headers: { 'x-locale': 'kk-KZ' },
      });
      expect(body.failure).toMatchObject({ code: 'KASPI_REFUSED', kaspiResultCode: code });
      expectSentences(body.failure?.message ?? '', kazakh.body.failure?.message ?? '');
      expect(body.failure?.message).toMatch(/Деньги возвращены\.$/);
    }

    /** The payment is in doubt after 15 minutes and not before; SUCCESS then settles it. */
    async function expectDoubtAndSuccess({ alia, id }: Awaited<ReturnType<typeof debited>>, code: string) {
      fixture.reply('notifyPayment', ...Array.from({ length: 20 }, () => refusal(code)));
      for (let minute = 2; minute < 15; minute++) await deliverAndWait();
      expect((await alia.payment(id)).body.status).toBe('PROCESSING');
      await deliverAndWait();
      await deliverAndWait();
      expect((await alia.payment(id)).body.status).toBe('IN_DOUBT');
      expect(await alia.balance()).toBe('900.00');
      fixture.kaspi.script = fixture.happy();
      await deliverAndWait();
      expect((await alia.payment(id)).body.status).toBe('CONFIRMED');
      expect(await fixture.journal(id)).toEqual(['PAYMENT', 'SETTLEMENT']);
      expect(await fixture.messages()).toEqual([]);
    }

    it.each(NOTIFY_CODES)('$code as the first answer: $first', async ({ code, first }) => {
      fixture.reply('notifyPayment', refusal(code));
      const who = await debited();
      await deliverAndWait();
      await expectEnd(who, first, code);
      expectOneNotify(1);
      if (first === 'PROCESSING') await expectDoubtAndSuccess(who, code);
    });

    it.each(NOTIFY_CODES)(
      '$code after an attempt that may have arrived: $afterSilence',
      async ({ code, afterSilence }) => {
        fixture.reply('notifyPayment', 'reset', refusal(code));
        const who = await debited();
        await deliverAndWait();
        await deliverAndWait();
        await expectEnd(who, afterSilence, code);
        expectOneNotify(2);
        if (afterSilence === 'PROCESSING') await expectDoubtAndSuccess(who, code);
      },
    );

    it.each(NOTIFY_CODES)('$code after an attempt that cannot have arrived: $first', async ({ code, first }) => {
      const alia = await fixture.customer();
      const { id } = (await alia.scan(`unsent-${alia.id}`)).body.payment;
      await fixture.kaspi.close();
      await alia.confirm(id);
      await deliverAndWait();
      await fixture.kaspi.open();
      fixture.reply('notifyPayment', refusal(code));
      await deliverAndWait();
      await expectEnd({ alia, id }, first, code);
      expectOneNotify(1);
      if (first !== 'PROCESSING') return;
      fixture.kaspi.script = fixture.happy();
      await deliverAndWait();
      expect((await alia.payment(id)).body.status).toBe('CONFIRMED');
    });
  });

  describe('to the notify of a payment that was not debited (R35): the delivery ends, and no money moves', () => {
    const undebited = {
      CANCELLED_BY_CLIENT: async () => {
        const alia = await fixture.customer();
        const { id } = (await alia.scan(`cancelled-${alia.id}`)).body.payment;
        await alia.cancel(id);
        return { alia, id, status: 'CANCELLED', balance: '1000.00' };
      },
      PROCESS_FAIL: async () => {
        const alia = await fixture.customer('99.99');
        const { id } = (await alia.scan(`poor-${alia.id}`)).body.payment;
        await alia.confirm(id);
        return { alia, id, status: 'DECLINED', balance: '99.99' };
      },
      RISK_REJECT: async () => {
        const alia = await fixture.customer('9000.00');
        const notifies = fixture.kaspi.script;
        const expensive = happyKaspi({ amount: '5000.01', confirmUntil: null });
        fixture.kaspi.script = (request, index) =>
          (request.path.endsWith('/scan') ? expensive : notifies)(request, index);
        const { id } = (await alia.scan(`expensive-${alia.id}`)).body.payment;
        await alia.confirm(id);
        return { alia, id, status: 'DECLINED', balance: '9000.00' };
      },
    };
    const cases = NOTIFY_CODES.flatMap(({ code }) =>
      (Object.keys(undebited) as (keyof typeof undebited)[]).map((result) => ({ code, result })),
    );

    it.each(cases)('$code to $result', async ({ code, result }) => {
      const unclear = code === 'UNKNOWN_EXCEPTION' || code === 'UNLISTED_CODE';
      fixture.reply('notifyPayment', 'reset', ...Array.from({ length: 10 }, () => refusal(code)));
      const { alia, id, status, balance } = await undebited[result]();
      await deliverAndWait();
      expect(await fixture.messages()).toHaveLength(1);
      await deliverAndWait();
      expect(await fixture.messages()).toHaveLength(unclear ? 1 : 0);
      // Without a clear answer the fifth attempt is the last one.
      for (let attempt = 3; attempt <= 6; attempt++) await deliverAndWait();
      expect(await fixture.messages()).toEqual([]);
      expectOneNotify(unclear ? 5 : 2);
      expect(JSON.parse(fixture.kaspi.of('notifyPayment')[0]?.body ?? '').result.resultCode).toBe(result);
      expect((await alia.payment(id)).body.status).toBe(status);
      expect(await alia.balance()).toBe(balance);
      expect(await fixture.journal(id)).toEqual([]);
    });
  });

  describe('to a query while the customer waits (R13): shown to the customer, sent once', () => {
    async function expectRefused(call: (locale: string) => Promise<{ status: number; body: unknown }>, code: string) {
      const texts: string[] = [];
      for (const locale of ['ru-RU', 'kk-KZ']) {
        fixture.kaspi.arrived.length = 0;
        const { status, body } = await call(locale);
        expect({ status, body }).toMatchObject({ status: 422, body: { code: 'KASPI_REFUSED', kaspiResultCode: code } });
        expect(fixture.kaspi.arrived).toHaveLength(1);
        texts.push((body as { detail: string }).detail);
      }
      expectSentences(texts[0] ?? '', texts[1] ?? '');
    }

    it.each(SCAN_REFUSALS)('%s to a scan: no payment', async (code) => {
      fixture.reply('scan', refusal(code), refusal(code));
      const alia = await fixture.customer();
      const token = await fixture.server.mpp.customerToken(alia.id);
      await expectRefused(
        (locale) =>
          fixture.server.mpp.call('POST', '/v1/scans', {
            token,
            body: { qrCode: 'refused' },
            headers: { 'x-locale': locale },
          }),
        code,
      );
      expect((await alia.payments()).body.items).toEqual([]);
    });

    it.each(CHECKOUT_REFUSALS)(
      '%s to a checkout: no price, no debit, and the customer can still cancel',
      async (code) => {
        fixture.reply('checkout', refusal(code), refusal(code));
        const alia = await fixture.customer();
        const { id } = (await alia.scan(`custom-${alia.id}`)).body.payment;
        const token = await fixture.server.mpp.customerToken(alia.id);
        await expectRefused(
          (locale) =>
            fixture.server.mpp.call('POST', `/v1/payments/${id}/checkout`, {
              token,
              body: { parameters: FILLED },
              headers: { 'x-locale': locale },
            }),
          code,
        );
        expect((await alia.payment(id)).body).toMatchObject({ status: 'AWAITING_CHECKOUT', amount: null });
        expect(await alia.balance()).toBe('1000.00');
        expect((await alia.cancel(id)).body.status).toBe('CANCELLED');
        await deliverAndWait();
      },
    );
  });

  it('leaves the books balanced', async () => {
    expect(await fixture.server.mpp.trialBalance()).toMatchObject({ balanced: true });
  });
});
