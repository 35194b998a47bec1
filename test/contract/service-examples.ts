import { afterAll, beforeAll } from '@jest/globals';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { KaspiPeer } from '../support/kaspi-peer.js';
import { startTestServer, type TestServer } from '../support/mpp.js';
import { TestClock } from '../support/test-clock.js';
import { CUSTOMER, example, parsed } from './regulation-files.js';

export const REQUEST = parsed('4.2-checkout.request');

/** Changes the text of an answer. */
export type Change = (text: string) => string;
export const unchanged: Change = (text) => text;
export const unknownFields: Change = (text) =>
  text.replaceAll('{ "', '{ "new": [{ "x": null }], "').replace('{', '{"y":7,');

export const withPrice =
  (written: string): Change =>
  (text) =>
    text.replace('"paymentAmount": 100', written);
export const withDeadline =
  (written: string): Change =>
  (text) =>
    text.replace('"canConfirmUntil": "2024-10-31T16:26:29+05:00"', written);

/**
 * A server and a PS that answers with the examples of a service, from the scan to the receipt. The regulation's two examples are of
 * different services; the scan's is changed to the service of the checkout.
 */
export function serviceExamples() {
  const fixture = {
    /** The answers of the PS. */
    scanAnswer: '',
    checkoutAnswer: '',
  } as { scanAnswer: string; checkoutAnswer: string; database: TestDatabase; kaspi: KaspiPeer; server: TestServer };
  let purchases = 0;

  beforeAll(async () => {
    fixture.database = await createDatabase();
    fixture.kaspi = await KaspiPeer.start(({ path }) => {
      if (path.endsWith('/scan')) return { text: fixture.scanAnswer };
      return { text: path.endsWith('/checkout') ? fixture.checkoutAnswer : example('4.3-notify-payment.answer') };
    });
    fixture.server = await serverWith('decimal');
    await fixture.server.mpp.open(CUSTOMER, '1000.00');
  });

  afterAll(async () => {
    await fixture.server?.stop();
    await fixture.kaspi?.close();
    await fixture.database?.drop();
  });

  const serverWith = (format: string) => {
    const env = { DATABASE_URL: fixture.database.url, KASPI_BASE_URL: fixture.kaspi.url, KASPI_AMOUNT_FORMAT: format };
    return startTestServer(env, new TestClock(new Date('2024-02-19T09:50:00Z')));
  };

  /** The answers of the examples, about the service of the checkout's example and this purchase. */
  function examplesFor(paymentId: string, scanned: Change = unchanged, priced: Change = unchanged): void {
    const custom = example('4.1-scan-custom.answer').replace('379eb787-1a36-4096-ac39-4f3006e26a19', paymentId);
    fixture.scanAnswer = scanned(custom.replace('2862', '5301').replace('3932', '8352'));
    fixture.checkoutAnswer = priced(example('4.2-checkout.answer'));
    fixture.kaspi.arrived.length = 0;
  }

  async function scanned(change?: Change, priced?: Change) {
    const paymentId = `service-${++purchases}`;
    examplesFor(paymentId, change, priced);
    const customer = await fixture.server.mpp.as(CUSTOMER);
    const { status, body } = await customer.scan(parsed('4.1-scan-custom.request').qrCode);
    const id = body.payment?.id ?? '';
    return { ...customer, id, status, body, paymentId, checkout: () => customer.checkout(id, REQUEST.parameters) };
  }

  return { fixture, serverWith, examplesFor, scanned };
}

/** There is no example of a Static QR: by the table of 4.1 it is a Dynamic one without an amount. */
export function staticAnswer(paymentId: string): string {
  return example('4.1-scan-dynamic.answer')
    .replace('Dynamic', 'Static')
    .replace('"paymentAmount": "100.00", ', '')
    .replace('abc1234567890', paymentId);
}
