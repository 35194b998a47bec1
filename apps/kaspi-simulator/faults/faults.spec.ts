import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { CHECKOUT_PATH, NOTIFY_PATH, SCAN_PATH } from '@mpp/kaspi/wire';
import type { FaultPlan } from '../domain/faults.js';
import { type RunningSimulator, startSimulator } from '../start.js';
import { CUSTOMER, clientOf, PARTICIPANT_HEADERS } from '../testing/simulator-client.js';
import { TestSimulator } from '../testing/test-simulator.js';

const NO_CORE_FAULTS = { coreAccounts: [], coreDebit: [], coreCredit: [], coreReversal: [], coreOutcome: [] };
const simulator = new TestSimulator();
const { client: kaspi } = simulator;
const success = { result: { resultCode: 'SUCCESS', resultMessage: 'success' } };
const RESET = { cause: { code: 'ECONNRESET' } };
const store = () => readFileSync(simulator.storeFile, 'utf8');

beforeAll(() => simulator.start());
afterAll(() => simulator.end());
afterEach(() => simulator.running.faults.clear());

/** A new valid request of the method. */
const METHODS = ['scan', 'checkout', 'notifyPayment'] as const;
const validRequest = async (method: (typeof METHODS)[number]): Promise<[path: string, body: object]> => {
  if (method === 'scan') return [SCAN_PATH, { qrCode: (await kaspi.newQr()).qrCode, customerId: CUSTOMER }];
  const { qrCode, paymentId } = await kaspi.newQr(method === 'checkout' ? { type: 'Custom' } : {});
  const { payment } = await kaspi.scan(qrCode);
  if (method === 'notifyPayment') return [NOTIFY_PATH, kaspi.notice(paymentId)];
  return [CHECKOUT_PATH, kaspi.form(payment?.paymentId ?? '')];
};
const send = ([path, body]: [string, object]) => kaspi.post(path, JSON.stringify(body), PARTICIPANT_HEADERS);

/** The codes that the regulation lists, by method, and one that it does not list. */
const REFUSALS: Readonly<Record<(typeof METHODS)[number], string>> = {
  scan: `CUSTOM_QR_ERROR EXPIRED_CODE INVALID_TOKEN PROCESS_FAIL INVALID_MERCHANT PARAM_ILLEGAL UNKNOWN_EXCEPTION
    PAYMENTS_SUSPENDED UNKNOWN_SOURCE TRY_TOMORROW`,
  checkout: 'PROCESS_FAIL PARAM_ILLEGAL EXPIRED_CODE UNKNOWN_EXCEPTION PAYMENTS_SUSPENDED UNKNOWN_SOURCE TRY_TOMORROW',
  notifyPayment: `PROCESS_FAIL CANCELLED_BY_CLIENT INVALID_MERCHANT PARAM_ILLEGAL UNKNOWN_EXCEPTION PAYMENTS_SUSPENDED
    RISK_REJECT ORDER_NOT_EXIST PAYMENT_INCORRECT_STATUS UNKNOWN_SOURCE UNKNOWN_CUSTOMER TRY_TOMORROW`,
};

describe.each(METHODS)('%s', (method) => {
  it('refuses with every code of the regulation and with an unknown one, and executes nothing', async () => {
    const request = await validRequest(method);
    const before = store();
    for (const resultCode of REFUSALS[method].split(/\s+/)) {
      simulator.running.faults.set({ [method]: [{ do: 'refuse', resultCode, count: 1 }] });
      const response = await send(request);
      const result = { resultCode, resultMessage: expect.stringMatching(/./) };
      expect([response.status, await response.json()]).toEqual([200, { result }]);
    }
    expect(store()).toBe(before);
    expect(await (await send(request)).json()).toMatchObject(success);
  });

  it('refuses in the language of the request, also if the request is invalid', async () => {
    const [path] = await validRequest(method);
    simulator.running.faults.set({ [method]: [{ do: 'refuse', resultCode: 'RISK_REJECT' }] });
    const headers = { 'content-type': 'application/json', 'x-locale': 'kk-KZ' };
    expect(await kaspi.resultOf(path, 'no JSON', headers)).toEqual({
      resultCode: 'RISK_REJECT',
      resultMessage: 'Сұрау тәуекелдерді бақылау себебінен қабылданбады',
    });
  });

  it('resets the connection and executes nothing', async () => {
    const request = await validRequest(method);
    const before = store();
    simulator.running.faults.set({ [method]: [{ do: 'reset', count: 1 }] });
    await expect(send(request)).rejects.toMatchObject(RESET);
    expect(store()).toBe(before);
    expect(await (await send(request)).json()).toMatchObject(success);
  });

  it.each([400, 404, 429, 500, 503])('answers HTTP %d without a result and executes nothing', async (httpStatus) => {
    const request = await validRequest(method);
    const before = store();
    simulator.running.faults.set({ [method]: [{ do: 'status', httpStatus, count: 1 }] });
    const response = await send(request);
    expect(response.status).toBe(httpStatus);
    expect(await response.text()).not.toContain('result');
    expect(store()).toBe(before);
  });

  it('answers HTTP 200 with invalid JSON and executes nothing', async () => {
    const request = await validRequest(method);
    const before = store();
    simulator.running.faults.set({ [method]: [{ do: 'garbage', count: 1 }] });
    const response = await send(request);
    expect(response.status).toBe(200);
    await expect(response.json()).rejects.toThrow('JSON');
    expect(store()).toBe(before);
  });

  it('executes and stores the request and loses the answer; a repeat gets it', async () => {
    const request = await validRequest(method);
    const before = store();
    simulator.running.faults.set({ [method]: [{ do: 'lose', count: 1 }] });
    await expect(send(request)).rejects.toMatchObject(RESET);
    const committed = store();
    expect(committed.length).toBeGreaterThan(before.length);
    expect(await (await send(request)).json()).toMatchObject(success);
    expect(store()).toBe(committed);
  });
});

describe('A lost answer', () => {
  it('does not apply to a refused request: the refusal is answered, and the fault stays planned', async () => {
    simulator.running.faults.set({ notifyPayment: [{ do: 'lose', count: 1 }] });
    expect(await kaspi.resultOf(NOTIFY_PATH, 'no JSON')).toMatchObject({ resultCode: 'PARAM_ILLEGAL' });
    expect(await kaspi.notify('abc')).toMatchObject({ result: { resultCode: 'ORDER_NOT_EXIST' } });
    expect(simulator.running.faults.left().notifyPayment).toEqual([{ do: 'lose', count: 1 }]);
  });

  it('is stored: a repeat gets it after a restart', async () => {
    const [path, body] = await validRequest('notifyPayment');
    simulator.running.faults.set({ notifyPayment: [{ do: 'lose' }] });
    await expect(send([path, body])).rejects.toMatchObject(RESET);
    await simulator.restart();
    const [newest] = simulator.running.purchases();
    expect(newest).toMatchObject({ status: 'CONFIRMED', result: 'SUCCESS' });
    expect(await (await send([path, body])).json()).toMatchObject({
      ...success,
      linkReceipt: expect.stringContaining(newest?.operationId ?? 'none'),
    });
  });
});

describe('A PS that refuses another result of a decided purchase', () => {
  it('answers PAYMENT_INCORRECT_STATUS to it, and a repeat of the first result as before', async () => {
    const { qrCode, paymentId } = await kaspi.newQr();
    await kaspi.scan(qrCode);
    simulator.running.faults.set({ notifyPayment: [{ do: 'refuse-another-result' }] });
    expect(await kaspi.notify(paymentId, 'CANCELLED_BY_CLIENT')).toEqual(success);
    expect(await kaspi.notify(paymentId)).toMatchObject({ result: { resultCode: 'PAYMENT_INCORRECT_STATUS' } });
    expect(await kaspi.notify(paymentId, 'CANCELLED_BY_CLIENT')).toEqual(success);
    simulator.running.faults.clear();
    expect(await kaspi.notify(paymentId)).toEqual(success);
  });
});

describe('A request that hangs', () => {
  it('has no answer, is not executed, and does not delay the stop of the simulator', async () => {
    const request = await validRequest('notifyPayment');
    const before = store();
    simulator.running.faults.set({ notifyPayment: [{ do: 'hang', count: 1 }] });
    const hanging = send(request).then(
      () => 'answered',
      () => 'aborted',
    );
    // The request has arrived once its fault is used.
    while (simulator.running.faults.left().notifyPayment.length > 0) await kaspi.get('/health');
    expect(store()).toBe(before);
    await simulator.restart();
    expect(await hanging).toBe('aborted');
    expect(await (await send(request)).json()).toMatchObject(success);
  });
});

describe('PUT, GET and DELETE /faults', () => {
  it('plan faults by method, show the remaining ones, and remove all', async () => {
    const lose = { do: 'lose', probability: 0.3 };
    const plan = {
      scan: [{ do: 'refuse', resultCode: 'RISK_REJECT', count: 2 }, { do: 'hang' }],
      notifyPayment: [lose],
    };
    expect(await kaspi.faults('PUT', plan)).toEqual({
      status: 200,
      body: { ...plan, checkout: [], notification: [], ...NO_CORE_FAULTS },
    });
    expect((await kaspi.scan('592')).result.resultCode).toBe('RISK_REJECT');
    await kaspi.faults('PUT', { checkout: [{ do: 'status', httpStatus: 503 }], notifyPayment: [] });
    expect(await kaspi.faults('GET')).toEqual({
      status: 200,
      body: {
        scan: [{ do: 'refuse', resultCode: 'RISK_REJECT', count: 1 }, { do: 'hang' }],
        checkout: [{ do: 'status', httpStatus: 503 }],
        notifyPayment: [],
        notification: [],
        ...NO_CORE_FAULTS,
      },
    });
    expect(await kaspi.faults('DELETE')).toEqual({ status: 204, body: null });
    expect((await kaspi.faults('GET')).body).toEqual({
      scan: [],
      checkout: [],
      notifyPayment: [],
      notification: [],
      ...NO_CORE_FAULTS,
    });
    expect((await kaspi.scan('592')).result.resultCode).toBe('INVALID_TOKEN');
  });

  it.each<[string, unknown, string]>([
    ['invalid JSON', '{"scan":', 'JSON object'],
    ['a list', [], 'JSON object'],
    ['an unknown method', { pay: [] }, 'pay cannot fail; the methods that can fail are scan, checkout'],
    ['a fault outside a list', { scan: { do: 'reset' } }, 'scan: must be a list'],
    ['a fault that is a text', { scan: ['reset'] }, 'scan[0]: must be an object'],
    ['a fault without a kind', { scan: [{ do: 'reset' }, {}] }, 'scan[1].do: must be one of refuse, reset, hang'],
    ['an unknown kind', { scan: [{ do: 'explode' }] }, 'scan[0].do'],
    ['another result of a scan', { scan: [{ do: 'refuse-another-result' }] }, 'scan has no result to compare'],
    ['a refusal without a code', { scan: [{ do: 'refuse' }] }, 'scan[0].resultCode'],
    ['a refusal with SUCCESS', { scan: [{ do: 'refuse', resultCode: 'SUCCESS' }] }, 'not SUCCESS'],
    ['a code of 65 characters', { scan: [{ do: 'refuse', resultCode: 'X'.repeat(65) }] }, '64 characters'],
    [
      'a status that is not an error',
      { scan: [{ do: 'status', httpStatus: 200 }] },
      'httpStatus: must be a whole number, 400 to 599',
    ],
    ['no status', { scan: [{ do: 'status' }] }, 'httpStatus'],
    ['a count of zero', { scan: [{ do: 'reset', count: 0 }] }, 'scan[0].count'],
    ['a fractional count', { scan: [{ do: 'reset', count: 1.5 }] }, 'scan[0].count'],
    ['a probability above 1', { scan: [{ do: 'reset', probability: 1.1 }] }, 'scan[0].probability'],
    ['a probability that is not a number', { scan: [{ do: 'reset', probability: 'often' }] }, 'scan[0].probability'],
    ['a count and a probability', { scan: [{ do: 'reset', count: 1, probability: 1 }] }, 'not both'],
    ['a misspelt field', { scan: [{ do: 'reset', cuont: 1 }] }, 'scan[0]: Unrecognized key: "cuont"'],
    [
      'a field of another kind',
      { scan: [{ do: 'reset', httpStatus: 500 }] },
      'scan[0]: Unrecognized key: "httpStatus"',
    ],
  ])('refuse %s with the reason, and change nothing', async (_what, plan, message) => {
    const before: FaultPlan = {
      scan: [{ do: 'garbage' }],
      checkout: [],
      notifyPayment: [],
      notification: [],
      ...NO_CORE_FAULTS,
    };
    simulator.running.faults.set(before);
    const { status, body } = await kaspi.faults('PUT', plan);
    expect(status).toBe(400);
    expect(body.message).toContain(message);
    expect(simulator.running.faults.left()).toEqual(before);
  });
});

describe('Faults with a probability', () => {
  let running: RunningSimulator;
  const randomNumbers = [0.29, 0.3];
  afterAll(() => running.stop());

  it('apply when the random number is below the probability', async () => {
    const random = () => randomNumbers.shift() ?? 0;
    running = await startSimulator({ port: 0, storeFile: null, refundUrl: 'http://127.0.0.1:9/refund', random });
    running.faults.set({ scan: [{ do: 'refuse', resultCode: 'RISK_REJECT', probability: 0.3 }] });
    const client = clientOf(() => running.url);
    expect((await client.scan('592')).result.resultCode).toBe('RISK_REJECT');
    expect((await client.scan('592')).result.resultCode).toBe('INVALID_TOKEN');
  });
});
