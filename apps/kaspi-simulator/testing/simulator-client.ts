import {
  CHECKOUT_PATH,
  type CheckoutAnswerBody,
  NOTIFY_PATH,
  type NotifyAnswerBody,
  SCAN_PATH,
  type ScanAnswerBody,
} from '@mpp/kaspi/wire';
import { Clock } from '@mpp/kernel';
import type { RefundItem } from '../shop/refund-item.js';

/** A clock that moves only when the test moves it. */
export class TestClock extends Clock {
  constructor(private instant: Date) {
    super();
  }

  override now(): Date {
    return this.instant;
  }

  override monotonicMs(): number {
    return this.instant.getTime();
  }

  pass(milliseconds: number): void {
    this.instant = new Date(this.instant.getTime() + milliseconds);
  }
}

export const PARTICIPANT_HEADERS: Readonly<Record<string, string>> = {
  'content-type': 'application/json',
  'x-request-id': '0195e1a2-request',
  'x-caller-name': 'MPP-DEV',
  'x-locale': 'ru-RU',
};

export const CUSTOMER = '900900000001';
export const SECOND_CUSTOMER = '900900000002';

/** Values for the form of the car park (PARKING). */
export const FILLED_IN = [
  { id: 3932, value: '547RBA02' },
  { id: 3933, value: 'A' },
  { id: 3934, value: 'Алматы' },
];

/** Calls a simulator as a participant and as a shop. `base` is read at each call, because a restart changes the port. */
export function clientOf(base: () => string) {
  const post = (path: string, body: string, headers: Readonly<Record<string, string>>) =>
    fetch(base() + path, { method: 'POST', body, headers });

  /** The body of an answer of the PS, which is always HTTP 200. */
  const psText = async (path: string, body: string, headers = PARTICIPANT_HEADERS) => {
    const response = await post(path, body, headers);
    if (response.status !== 200) throw new Error(`HTTP ${response.status}`);
    return await response.text();
  };

  const notice = (paymentId: string, resultCode = 'SUCCESS', customerId = CUSTOMER, amount?: unknown) => ({
    result: { resultCode, resultMessage: 'any' },
    payment: { paymentId, mppPaymentId: `mpp-${customerId}`, paymentAmount: amount },
    customerId,
  });

  const form = (paymentId: string, change: object = {}) => ({
    paymentId,
    serviceId: 2862,
    parameters: FILLED_IN,
    ...change,
  });

  return {
    post,
    notice,
    form,
    scan: async (qrCode: string, customerId = CUSTOMER) =>
      JSON.parse(await psText(SCAN_PATH, JSON.stringify({ qrCode, customerId }))) as ScanAnswerBody,
    checkout: async (...filled: Parameters<typeof form>) =>
      JSON.parse(await psText(CHECKOUT_PATH, JSON.stringify(form(...filled)))) as CheckoutAnswerBody,
    checkoutText: (...filled: Parameters<typeof form>) => psText(CHECKOUT_PATH, JSON.stringify(form(...filled))),
    notify: async (...parameters: Parameters<typeof notice>) =>
      JSON.parse(await psText(NOTIFY_PATH, JSON.stringify(notice(...parameters)))) as NotifyAnswerBody,
    notifyText: (...parameters: Parameters<typeof notice>) =>
      psText(NOTIFY_PATH, JSON.stringify(notice(...parameters))),
    resultOf: async (path: string, body: unknown, headers?: Readonly<Record<string, string>>) => {
      const text = await psText(path, typeof body === 'string' ? body : JSON.stringify(body), headers);
      return (JSON.parse(text) as ScanAnswerBody).result;
    },
    order: async (order: unknown) => {
      const response = await post('/pos/qr', JSON.stringify(order), { 'content-type': 'application/json' });
      return { status: response.status, body: (await response.json()) as Record<string, string> };
    },
    newQr: async (order: object = {}) => {
      const body = JSON.stringify('type' in order ? order : { type: 'Dynamic', amount: '1500.00', ...order });
      const response = await post('/pos/qr', body, { 'content-type': 'application/json' });
      return (await response.json()) as { qrCode: string; paymentId: string; canConfirmUntil: string; svg: string };
    },
    refund: async (order: unknown) => {
      const response = await post('/pos/refunds', typeof order === 'string' ? order : JSON.stringify(order), {});
      const body = (await response.json()) as RefundItem & { items: RefundItem[]; message: string };
      return { status: response.status, body };
    },
    refunds: async (query = '') => {
      const response = await fetch(`${base()}/pos/refunds${query}`);
      return ((await response.json()) as { items: RefundItem[] }).items;
    },
    get: (path: string) => fetch(base() + path),
    faults: async (method: 'PUT' | 'GET' | 'DELETE', plan?: unknown) => {
      const body = plan === undefined ? null : typeof plan === 'string' ? plan : JSON.stringify(plan);
      const response = await fetch(`${base()}/faults`, { method, body });
      const text = await response.text();
      return { status: response.status, body: text === '' ? null : JSON.parse(text) };
    },
    purchases: async (customerId = '') => {
      const response = await fetch(`${base()}/pos/purchases?customerId=${customerId}`);
      return ((await response.json()) as { items: Record<string, unknown>[] }).items;
    },
  };
}
