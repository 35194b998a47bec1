import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type Browser, chromium, type Locator, type Page } from 'playwright-core';
import { type RunningSimulator, startSimulator } from '../../apps/kaspi-simulator/start.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { startTestServer, type TestServer } from '../support/mpp.js';

const FIRST_CUSTOMER = '900900000001';
/** Chromium has no sandbox for root, and contacts its vendor unless that is switched off. */
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

interface Shown {
  status: string;
  body: Record<string, unknown>;
}

describe('A developer who opens the Swagger UI in a browser', () => {
  let database: TestDatabase;
  let simulator: RunningSimulator;
  let server: TestServer;
  let browser: Browser;
  let page: Page;
  /** The errors of the page. */
  const complaints: string[] = [];

  beforeAll(async () => {
    database = await createDatabase();
    simulator = await startSimulator({ port: 0, storeFile: null, refundUrl: 'http://127.0.0.1:9/refund' });
    server = await startTestServer({ DATABASE_URL: database.url, KASPI_BASE_URL: simulator.url });
    await server.mpp.open(FIRST_CUSTOMER, '100000.00');
    browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ARGUMENTS });
    page = await browser.newPage();
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    page.on('response', (response) => {
      if (response.status() >= 400) complaints.push(`${response.status()} ${response.url()}`);
    });
    await page.goto(`${server.publicUrl}/docs`);
  });

  afterAll(async () => {
    await browser?.close();
    await server.stop();
    await simulator.stop();
    await database.drop();
  });

  afterEach(() => {
    complaints.length = 0;
  });

  function call(method: string, path: string): Locator {
    const exact = page.locator('.opblock-summary-path', { hasText: new RegExp(`^${path.replace(/[{}]/g, '\\$&')}$`) });
    return page.locator(`.opblock-${method.toLowerCase()}`, { has: exact });
  }

  /** Opens a call and presses Execute with the values that the page has filled in. */
  async function press(method: string, path: string): Promise<Shown> {
    const block = call(method, path);
    await block.locator('.opblock-summary-control').click();
    await block.getByRole('button', { name: 'Execute' }).click();
    const answer = block.locator('.live-responses-table .response');
    const status = await answer.locator('.response-col_status').textContent();
    const body = await answer.locator('.response-col_description pre').first().textContent();
    return { status: /\d{3}/.exec(status ?? '')?.[0] ?? '', body: JSON.parse(body ?? '') };
  }

  const choose = async (name: string) => {
    await page.getByLabel('Select a definition').selectOption({ label: name });
    await page.locator('.info .title', { hasText: name }).waitFor();
  };

  it('sees the mobile API and can choose three more', async () => {
    await page.locator('.info .title', { hasText: 'Mobile API' }).waitFor();
    expect(await page.getByLabel('Select a definition').locator('option').allInnerTexts()).toEqual([
      'Mobile API',
      'Operator API',
      'Kaspi-facing API',
      'Notifications',
    ]);
    expect(complaints).toEqual([]);
  });

  it('sees every type of event that the gateway receives', async () => {
    await choose('Notifications');
    for (const type of ['payment.confirmed', 'refund.credited']) {
      await page.locator('.opblock-summary', { hasText: type }).first().waitFor();
    }
    await choose('Mobile API');
    expect(complaints).toEqual([]);
  });

  it('scans the example’s QR code, confirms, and reads the receipt, without entering a token or an id', async () => {
    const scanned = await press('POST', '/v1/scans');
    expect(scanned).toMatchObject({
      status: '201',
      body: { qrCodeType: 'Dynamic', payment: { status: 'AWAITING_CONFIRMATION', amount: '100.00' } },
    });
    const { id } = scanned.body.payment as { id: string };

    const confirmed = await press('POST', '/v1/payments/{id}/confirm');
    expect(confirmed).toMatchObject({ status: '200', body: { id, status: 'CONFIRMED', amount: '100.00' } });

    const receipt = await press('GET', '/v1/payments/{id}/receipt');
    expect(receipt).toMatchObject({ status: '200', body: { linkReceipt: expect.stringMatching(/&locale=kk$/) } });
    expect(complaints).toEqual([]);
  });

  it('sees the balance lower by the amount', async () => {
    const accounts = await press('GET', '/v1/accounts');
    expect(accounts).toMatchObject({ status: '200', body: { items: [{ balance: '99900.00', currency: 'KZT' }] } });
    expect(complaints).toEqual([]);
  });

  it('switches to the operator API and sees a balanced trial balance', async () => {
    await choose('Operator API');
    const trial = await press('GET', '/ops/v1/ledger/trial-balance');
    expect(trial).toMatchObject({ status: '200', body: { balanced: true } });
    expect(trial.body.lines).toContainEqual({ account: 'PAYABLE_TO_KASPI', debit: '0.00', credit: '100.00' });
    expect(complaints).toEqual([]);
  });

  it('deposits to the first account; a repeat changes nothing', async () => {
    const path = '/ops/v1/accounts/{id}/deposits';
    expect(await press('POST', path)).toMatchObject({ status: '200', body: { balance: '100900.00' } });
    const block = call('POST', path);
    await block.getByRole('button', { name: 'Clear' }).click();
    await block.locator('.opblock-summary-control').click();
    expect(await press('POST', path)).toMatchObject({ status: '200', body: { balance: '100900.00' } });
    expect(complaints).toEqual([]);
  });

  it('switches to the Kaspi-facing API and reaches it on its own port', async () => {
    await choose('Kaspi-facing API');
    expect(await press('GET', '/health/ready')).toMatchObject({ status: '200', body: { status: 'ok' } });
    expect(complaints).toEqual([]);
  });

  it('authorizes with another token, which is then used', async () => {
    await choose('Mobile API');
    const bekzat = await server.mpp.customerToken('900900000002');
    await page.getByRole('button', { name: 'Authorize' }).click();
    await page.locator('.auth-container input').fill(bekzat);
    await page.locator('.auth-btn-wrapper').getByRole('button', { name: 'Apply credentials' }).click();
    await page.locator('.auth-btn-wrapper').getByRole('button', { name: 'Close' }).click();
    expect(await press('GET', '/v1/payments')).toMatchObject({ status: '200', body: { items: [] } });
  });
});
