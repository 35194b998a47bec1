import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type RunningSimulator, startSimulator } from '../../apps/kaspi-simulator/start.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { startTestServer, type TestServer } from '../support/mpp.js';
import {
  callsOf,
  departures,
  type OpenApi,
  type Operation,
  resolved,
  type Schema,
  sampleOf,
  schemaOf,
} from '../support/openapi.js';
import { registryFile } from '../support/registry-files.js';

const FIRST_CUSTOMER = '900900000001';
const DOCUMENTS = ['mobile', 'ops', 'kaspi'] as const;
type Name = (typeof DOCUMENTS)[number];

let database: TestDatabase;
let simulator: RunningSimulator;
let server: TestServer;
let documents: Record<Name, OpenApi>;

beforeAll(async () => {
  database = await createDatabase();
  simulator = await startSimulator({ port: 0, storeFile: null, refundUrl: 'http://127.0.0.1:9/refund' });
  server = await startTestServer({ DATABASE_URL: database.url, KASPI_BASE_URL: simulator.url });
  const fetched = await Promise.all(DOCUMENTS.map((name) => fetch(`${server.publicUrl}/docs/${name}.json`)));
  expect(fetched.map(({ status }) => status)).toEqual([200, 200, 200]);
  const [mobile, ops, kaspi] = (await Promise.all(fetched.map((answer) => answer.json()))) as [
    OpenApi,
    OpenApi,
    OpenApi,
  ];
  documents = { mobile, ops, kaspi };
});

afterAll(async () => {
  await server.stop();
  await simulator.stop();
  await database.drop();
});

const page = async (path: string) => {
  const response = await fetch(server.publicUrl + path);
  return { status: response.status, type: response.headers.get('content-type'), text: await response.text() };
};

describe('the Swagger UI', () => {
  it('is served at /docs, with everything that its page names', async () => {
    const { status, type, text } = await page('/docs');
    expect({ status, type }).toEqual({ status: 200, type: expect.stringMatching(/^text\/html/) });
    const named = [...text.matchAll(/(?:src|href)="\.\/(docs\/[^"]+)"/g)].map(([, path]) => `/${path}`);
    expect(named).toEqual(expect.arrayContaining(['/docs/swagger-ui-bundle.js', '/docs/swagger-ui-init.js']));
    for (const path of named) expect(await page(path)).toMatchObject({ status: 200 });
  });

  it('offers the three documents', async () => {
    const { text } = await page('/docs/swagger-ui-init.js');
    for (const name of DOCUMENTS) expect(text).toContain(`"/docs/${name}.json"`);
  });
});

describe.each(DOCUMENTS)('the document %s', (name) => {
  const calls = () => callsOf(documents[name]);

  /** Every schema of the document with the place where it stands: named ones and those written where they are used. */
  function schemas(): [string, Schema][] {
    const inside = ([at, schema]: [string, Schema]): [string, Schema][] => [
      [at, schema],
      ...Object.entries(schema.properties ?? {}).flatMap(([field, part]) => inside([`${at}.${field}`, part])),
      ...(schema.items === undefined ? [] : inside([`${at}[]`, schema.items])),
      ...(schema.allOf ?? []).flatMap((part) => inside([`${at}&`, part])),
    ];
    const used = calls().flatMap(({ name: call, operation }) => [
      ...operation.parameters.map((parameter): [string, Schema] => [
        `${call} ${parameter.name}`,
        parameter.schema ?? {},
      ]),
      ...Object.values(operation.requestBody?.content ?? {}).map(({ schema }): [string, Schema] => [
        `${call} body`,
        schema ?? {},
      ]),
      ...Object.entries(operation.responses).flatMap(([status, { content }]) =>
        Object.values(content ?? {}).map(({ schema }): [string, Schema] => [`${call} ${status}`, schema ?? {}]),
      ),
    ]);
    return [...Object.entries(documents[name].components.schemas), ...used].flatMap(inside);
  }

  it('is OpenAPI 3, says what it is, and describes calls, each with what it does', () => {
    const { openapi, info } = documents[name];
    expect(openapi).toMatch(/^3\./);
    expect(info.title).toMatch(/API$/);
    expect(info.description.length).toBeGreaterThan(20);
    expect(calls().length).toBeGreaterThan(0);
    for (const { name: call, operation } of calls())
      expect([call, operation.summary]).toEqual([call, expect.stringMatching(/\w/)]);
  });

  it('has no empty schema and no name that leads nowhere', () => {
    const empty = schemas().filter(([, schema]) => {
      const { type, properties, items, enum: values, additionalProperties } = resolved(schema, documents[name]);
      if (type === 'object') return Object.keys(properties ?? {}).length === 0 && additionalProperties !== true;
      if (type === 'array') return items === undefined;
      return type === undefined && values === undefined;
    });
    expect(empty.map(([at]) => at)).toEqual([]);
  });

  it('explains every field: by an example, a description, its values, or the schema that it is made of', () => {
    const fields = schemas().flatMap(([at, { properties }]) =>
      Object.entries(properties ?? {}).map(([field, schema]): [string, Schema] => [`${at}.${field}`, schema]),
    );
    const explained = ({ example, description, enum: values, $ref, allOf, items }: Schema): boolean =>
      example !== undefined ||
      [description, values, $ref, allOf].some(Boolean) ||
      (items !== undefined && explained(items));
    expect(fields.filter(([, schema]) => !explained(schema)).map(([at]) => at)).toEqual([]);
  });

  it('has a type and an example for every id in an address, and a type and an explanation for every other parameter', () => {
    const lacking = calls().flatMap(({ name: call, operation }) =>
      operation.parameters
        .filter((parameter) => {
          const { schema = {}, example = schema.example } = parameter;
          if (parameter.in === 'path') return schema.type === undefined || example === undefined;
          return schema.type === undefined || !(parameter.description || schema.enum || example !== undefined);
        })
        .map((parameter) => `${call} ${parameter.name}`),
    );
    expect(lacking).toEqual([]);
    for (const { name: call, path, operation } of calls()) {
      const inPath = operation.parameters
        .filter((parameter) => parameter.in === 'path')
        .map((parameter) => `{${parameter.name}}`);
      expect([call, inPath]).toEqual([call, path.match(/\{\w+\}/g) ?? []]);
    }
  });

  const responses = () =>
    calls().flatMap(({ name: call, operation }) =>
      Object.entries(operation.responses).map(([status, response]) => ({ at: `${call} ${status}`, status, response })),
    );

  it('shows what every success looks like', () => {
    const good = responses().filter(({ status }) => status.startsWith('2'));
    expect(new Set(good.map(({ at }) => at.slice(0, -4)))).toEqual(new Set(calls().map((call) => call.name)));
    for (const { at, response } of good) expect([at, schemaOf(response)]).toEqual([at, expect.any(Object)]);
  });

  it('shows every refusal as a problem, with an example of each code; to the PS as a result', () => {
    const bad = responses().filter(({ status }) => status.startsWith('4'));
    if (name === 'kaspi') {
      const shown = bad.map(({ status, response }) => [status, schemaOf(response)?.$ref]);
      const answer = '#/components/schemas/RefundAnswerDto';
      expect(shown).toEqual([
        ['400', answer],
        ['403', undefined],
        ['413', answer],
      ]);
      return;
    }
    for (const { at, status, response } of bad) {
      const { schema, examples = {} } = response.content?.['application/problem+json'] ?? {};
      expect([at, schema]).toEqual([at, { $ref: '#/components/schemas/ProblemDto' }]);
      expect([at, Object.keys(examples).join(', ')]).toEqual([at, response.description]);
      for (const [code, { value }] of Object.entries(examples)) {
        expect(value).toMatchObject({ status: Number(status), code });
        expect(departures(value, schema ?? {}, documents[name])).toEqual([]);
      }
    }
  });

  it('names the refusals that a call cannot be without', () => {
    const has = (operation: Operation, status: string) => status in operation.responses;
    for (const { name: call, operation } of calls()) {
      const reads =
        operation.requestBody !== undefined || operation.parameters.some((parameter) => parameter.in === 'query');
      const finds = operation.parameters.some((parameter) => parameter.in === 'path');
      const secured = operation.security !== undefined;
      const needed = { 400: reads, 401: secured, 403: secured, 404: finds };
      for (const [status, is] of Object.entries(needed))
        if (is) expect([call, status, has(operation, status)]).toEqual([call, status, true]);
    }
  });
});

describe('every example works when it is pressed', () => {
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
    await server.mpp.open(FIRST_CUSTOMER, '100000.00');
    // The script of the page itself, in a page's surroundings.
    const script = /window\.mppDocs = [\s\S]*?\n {2}\}\)\(\);/.exec((await page('/docs')).text)?.[0] ?? '';
    const window = {} as { mppDocs: MppDocs };
    const surroundings = {
      window,
      location: { href: `${server.publicUrl}/docs` },
      fetch: (path: string, init: RequestInit) => fetch(server.publicUrl + path, init),
    };
    new Function(...Object.keys(surroundings), script)(...Object.values(surroundings));
    mppDocs = window.mppDocs;
  });

  /** Presses Execute without touching anything: what the page fills in is what is sent. */
  async function press(document: OpenApi, method: string, path: string, operation: Operation) {
    const base = document.servers[0]?.url ?? server.publicUrl;
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

  /** What a person would choose: a page fills in no file. */
  async function someRegistry(): Promise<FormData> {
    const form = new FormData();
    const content = await registryFile('DAILY', [
      { kaspiOperationId: 'QR1', amount: 100n, at: new Date('2026-03-10T06:00:00Z') },
    ]);
    form.append('file', new Blob([content as Uint8Array<ArrayBuffer>]), 'registry.xlsx');
    return form;
  }

  /** Of a stream the last event, of a file what is in it. */
  async function bodyOf(response: Response): Promise<unknown> {
    const text = await response.text();
    const type = response.headers.get('content-type') ?? '';
    if (/json/.test(type)) return JSON.parse(text);
    return type.startsWith('text/event-stream') ? JSON.parse(text.split('data: ').at(-1) ?? '') : text;
  }

  /** They speak of the payment that was confirmed before them, or of something that nobody has. */
  const REFUSED: Readonly<Record<string, number>> = {
    'POST /v1/payments/{id}/cancel': 409,
    'POST /v1/payments/{id}/checkout': 409,
    'POST /ops/v1/payments/{id}/resolve': 409,
    'POST /ops/v1/outbox/{id}/retry': 404,
    'GET /v1/refunds/{refundId}': 404,
    'GET /v1/refunds/{refundId}/receipt': 404,
    // The PS was told that it knows no such payment.
    'POST /ops/v1/refunds/{refundId}/retry': 409,
    'POST /ops/v1/refunds/{refundId}/redirect': 409,
    'GET /ops/v1/notifications/{id}': 404,
    'POST /ops/v1/notifications/{id}/resend': 404,
    'POST /ops/v1/ledger/entries/{id}/correction': 404,
    // A registry's id is made when it comes.
    'GET /ops/v1/registries/{id}': 404,
    'GET /ops/v1/registries/{id}/file': 404,
    'GET /ops/v1/registries/{id}/row-errors': 404,
    'GET /ops/v1/registries/{id}/discrepancies': 404,
    'POST /ops/v1/registries/{id}/accept': 404,
    'GET /ops/v1/discrepancies/{id}': 404,
    'PATCH /ops/v1/discrepancies/{id}': 404,
    // Nothing was bought on that day.
    'POST /ops/v1/settlements/{date}': 409,
  };

  /** The status itself where it is a success that the document describes, else all of those. */
  function successes(operation: Operation, status: number): number | number[] {
    const described = Object.keys(operation.responses)
      .map(Number)
      .filter((known) => known >= 200 && known < 300);
    return described.includes(status) ? status : described;
  }

  it.each(['', ', and once more'])('from the first of the three documents to the last%s', async () => {
    const pressed: string[] = [];
    // The PS before those who look at what it asked.
    for (const name of ['mobile', 'kaspi', 'ops'] as const) {
      const document = documents[name];
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

  it('so that two payments were made, and the books show them', async () => {
    const { body } = await (await server.mpp.as(FIRST_CUSTOMER)).payments();
    expect(body.items).toMatchObject([{ status: 'CONFIRMED' }, { status: 'CONFIRMED' }]);
    const trial = await server.mpp.trialBalance();
    expect(trial).toMatchObject({ balanced: true });
    expect(trial.lines.find(({ account }) => account === 'PAYABLE_TO_KASPI')?.credit).toBe('200.00');
  });

  it('the page reaches the Kaspi-facing listener from its own address', async () => {
    const [kaspiServer] = documents.kaspi.servers;
    expect(kaspiServer?.url).toBe(server.kaspiUrl);
    const response = await fetch(`${kaspiServer?.url}/health/live`, { headers: { origin: server.publicUrl } });
    expect(response.headers.get('access-control-allow-origin')).toBe(server.publicUrl);
  });
});
