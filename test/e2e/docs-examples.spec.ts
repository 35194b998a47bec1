import { beforeAll, describe, expect, it } from '@jest/globals';
import { callsOf, departures, type OpenApi, type Operation, sampleOf, schemaOf } from '../support/openapi.js';
import { registryFile } from '../support/registry-files.js';
import { docsFixture } from './docs-fixture.js';

const FIRST_CUSTOMER = '900900000001';

const fixture = docsFixture();

describe('every example of the documents works when Execute is pressed', () => {
  interface Pressed {
    url: string;
    headers: Record<string, string>;
  }
  interface MppDocs {
    beforeSend(request: Pressed): Promise<Pressed>;
    afterAnswer(answer: { body: unknown }): unknown;
  }
  let mppDocs: MppDocs;

  beforeAll(async () => {
    await fixture.server.mpp.open(FIRST_CUSTOMER, '100000.00');
    // The script of the page itself, in a page's surroundings.
    const script = /window\.mppDocs = [\s\S]*?\n {2}\}\)\(\);/.exec((await fixture.fetchPage('/docs')).text)?.[0] ?? '';
    const window = {} as { mppDocs: MppDocs };
    const surroundings = {
      window,
      location: { href: `${fixture.server.publicUrl}/docs` },
      fetch: (path: string, init: RequestInit) => fetch(fixture.server.publicUrl + path, init),
    };
    new Function(...Object.keys(surroundings), script)(...Object.values(surroundings));
    mppDocs = window.mppDocs;
  });

  /** Presses Execute without any change: the values that the page fills in are sent. */
  async function press(document: OpenApi, method: string, path: string, operation: Operation) {
    const base = document.servers[0]?.url ?? fixture.server.publicUrl;
    const filled = operation.parameters.flatMap((parameter) => {
      const value = parameter.example ?? parameter.schema?.example ?? parameter.schema?.default;
      return value === undefined ? [] : [{ ...parameter, value: String(value) }];
    });
    const url = new URL(
      base +
        path.replace(/\{(\w+)\}/g, (_, id) => filled.find((one) => one.in === 'path' && one.name === id)?.value ?? ''),
    );
    for (const one of filled) if (one.in === 'query') url.searchParams.set(one.name, one.value);
    const schema = operation.requestBody?.content['application/json']?.schema;
    const file = operation.requestBody?.content['multipart/form-data'] && (await someRegistry());
    const headers = Object.fromEntries(filled.filter((one) => one.in === 'header').map((one) => [one.name, one.value]));
    const request = await mppDocs.beforeSend({ url: url.href, headers });
    const response = await fetch(request.url, {
      method,
      headers: { ...request.headers, ...(schema && { 'content-type': 'application/json' }) },
      ...(schema && { body: JSON.stringify(sampleOf(schema, document)) }),
      ...(file && { body: file }),
    });
    const body = await bodyOf(response);
    mppDocs.afterAnswer({ body });
    return { status: response.status, body };
  }

  /** A registry to upload: the page fills in no file. */
  async function someRegistry(): Promise<FormData> {
    const form = new FormData();
    const content = await registryFile('DAILY', [
      { kaspiOperationId: 'QR1', amount: 100n, at: new Date('2026-03-10T06:00:00Z') },
    ]);
    form.append('file', new Blob([content as Uint8Array<ArrayBuffer>]), 'registry.xlsx');
    return form;
  }

  /** The last event of a stream, the content of a file, or the JSON. */
  async function bodyOf(response: Response): Promise<unknown> {
    const text = await response.text();
    const type = response.headers.get('content-type') ?? '';
    if (/json/.test(type)) return JSON.parse(text);
    return type.startsWith('text/event-stream') ? JSON.parse(text.split('data: ').at(-1) ?? '') : text;
  }

  /** Calls whose example refers to a payment that is confirmed already, or to something that does not exist. */
  const REFUSED: Readonly<Record<string, number>> = {
    'POST /v1/payments/{id}/cancel': 409,
    'POST /v1/payments/{id}/checkout': 409,
    'POST /ops/v1/payments/{id}/resolve': 409,
    'POST /ops/v1/payments/{id}/redirect': 409,
    'POST /ops/v1/outbox/{id}/retry': 404,
    'POST /ops/v1/recovery/end': 409,
    'GET /v1/refunds/{refundId}': 404,
    'GET /v1/refunds/{refundId}/receipt': 404,
    // The refund of the example was refused: its payment does not exist.
    'POST /ops/v1/refunds/{refundId}/retry': 409,
    'POST /ops/v1/refunds/{refundId}/redirect': 409,
    'GET /ops/v1/notifications/{id}': 404,
    'POST /ops/v1/notifications/{id}/resend': 404,
    'POST /ops/v1/ledger/entries/{id}/correction': 404,
    // A registry gets a random id when it is received.
    'GET /ops/v1/registries/{id}': 404,
    'GET /ops/v1/registries/{id}/file': 404,
    'GET /ops/v1/registries/{id}/row-errors': 404,
    'GET /ops/v1/registries/{id}/discrepancies': 404,
    'POST /ops/v1/registries/{id}/accept': 404,
    'GET /ops/v1/discrepancies/{id}': 404,
    'PATCH /ops/v1/discrepancies/{id}': 404,
    'POST /ops/v1/discrepancies/{id}/settle': 404,
    'POST /ops/v1/discrepancies/{id}/redirect': 404,
    // No payment was made on that day.
    'POST /ops/v1/settlements/{date}': 409,
  };

  /** The status itself if the document describes it as a success, else all described successes. */
  function successes(operation: Operation, status: number): number | number[] {
    const described = Object.keys(operation.responses)
      .map(Number)
      .filter((code) => code >= 200 && code < 300);
    return described.includes(status) ? status : described;
  }

  it.each(['', ', and once more'])('from the first of the three documents to the last%s', async () => {
    const pressed: string[] = [];
    // The calls of the PS come before the operators’ calls that show them.
    for (const name of ['mobile', 'kaspi', 'ops'] as const) {
      const document = fixture.documents[name];
      for (const { name: call, method, path, operation } of callsOf(document)) {
        const { status, body } = await press(document, method, path, operation);
        expect({ call, status, body }).toMatchObject({ call, status: REFUSED[call] ?? successes(operation, status) });
        const described = schemaOf(operation.responses[String(status)]);
        expect([call, status, described]).toEqual([call, status, expect.any(Object)]);
        expect([call, departures(body, described ?? {}, document)]).toEqual([call, []]);
        pressed.push(call);
      }
    }
    expect(pressed).toEqual(
      expect.arrayContaining([
        'POST /dev/token',
        'POST /v1/scans',
        'POST /v1/payments/{id}/confirm',
        'GET /v1/payments/{id}/receipt',
        'GET /v1/accounts',
        'POST /ops/v1/accounts/{id}/deposits',
        'GET /ops/v1/ledger/trial-balance',
        'GET /ops/v1/ledger/accounts/{id}/statement',
        'GET /ops/v1/ledger/accounts/{id}/statement.xlsx',
        'GET /ops/v1/reports/monthly',
        'GET /health/ready',
      ]),
    );
  });

  it('and has made two payments, which the books show', async () => {
    const { body } = await (await fixture.server.mpp.as(FIRST_CUSTOMER)).payments();
    expect(body.items).toMatchObject([{ status: 'CONFIRMED' }, { status: 'CONFIRMED' }]);
    const trial = await fixture.server.mpp.trialBalance();
    expect(trial).toMatchObject({ balanced: true });
    expect(trial.lines.find(({ account }) => account === 'PAYABLE_TO_KASPI')?.credit).toBe('200.00');
  });

  it('also at the Kaspi-facing listener, which allows the page’s origin', async () => {
    const [kaspiServer] = fixture.documents.kaspi.servers;
    expect(kaspiServer?.url).toBe(fixture.server.kaspiUrl);
    const response = await fetch(`${kaspiServer?.url}/health/live`, { headers: { origin: fixture.server.publicUrl } });
    expect(response.headers.get('access-control-allow-origin')).toBe(fixture.server.publicUrl);
  });
});
