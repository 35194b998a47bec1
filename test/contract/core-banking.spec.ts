import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  CORE_ACCOUNT_STATUSES,
  CORE_CURRENCY,
  CORE_LENGTHS,
  CORE_PATHS,
  CORE_REASONS,
  type CoreMovementRequest,
  type CoreOperationAnswer,
  type CoreReversalRequest,
  IDEMPOTENCY_KEY,
} from '@mpp/core-banking/wire';
import Ajv2020 from 'ajv/dist/2020.js';
import { type RunningSimulator, startSimulator } from '../../apps/kaspi-simulator/start.js';
import {
  type CoreResponse,
  coreClientOf,
  creditOf,
  debitOf,
  reversalOf,
} from '../../apps/kaspi-simulator/testing/core-client.js';

interface Media {
  readonly schema: object;
  readonly examples: Record<string, { readonly value: unknown }>;
}

interface Response {
  readonly $ref?: string;
  readonly content?: Record<string, Media>;
}

interface Call {
  readonly operationId: string;
  readonly parameters?: readonly { readonly $ref?: string }[];
  readonly requestBody?: { readonly content: Record<string, Media> };
  readonly responses: Record<string, Response>;
}

interface Schema {
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly maxLength?: number;
  readonly properties?: Record<string, Schema>;
  readonly examples?: readonly unknown[];
}

interface Document {
  readonly paths: Record<string, Record<string, Call>>;
  readonly components: {
    readonly responses: Record<string, Response>;
    readonly parameters: Record<string, { readonly name: string; readonly schema: object; readonly example: unknown }>;
    readonly schemas: Record<string, Schema>;
  };
}

const json = (path: string): unknown => JSON.parse(readFileSync(join(import.meta.dirname, path), 'utf8'));
const document = json('../../docs/core-banking/openapi.json') as Document;
const { paths, components } = document;
const ajv = new Ajv2020.default({ strict: false, validateFormats: false, allErrors: true });
ajv.addSchema(document, 'core');

const compiled = new Map<string, ReturnType<typeof ajv.compile>>();

/** What is wrong with a value, by a schema of the document, whose references lead into it. */
function wrong(schema: object, value: unknown): unknown {
  const text = JSON.stringify(schema).replaceAll('"#/components', '"core#/components');
  const validate = compiled.get(text) ?? ajv.compile(JSON.parse(text));
  compiled.set(text, validate);
  return validate(value) ? null : validate.errors;
}

const schemaOf = (name: string): Schema => components.schemas[name] ?? {};
const calls = Object.entries(paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, call]) => ({ path, method, ...call })),
);
const resolved = ({ $ref, ...response }: Response): Response =>
  $ref === undefined ? response : (components.responses[$ref.split('/').at(-1) ?? ''] ?? {});

describe('The document of a bank’s core', () => {
  it('is OpenAPI 3.1', () => {
    // Where a schema may stand, ajv would follow the dynamic reference to the whole document; each is compiled below instead.
    const text = JSON.stringify(json('fixtures/openapi-3.1.schema.json')).replaceAll(
      '"$dynamicRef":"#meta"',
      '"$ref":"#/$defs/schema"',
    );
    const validate = new Ajv2020.default({ strict: false, validateFormats: false }).compile(JSON.parse(text));
    validate(document);
    expect(validate.errors).toBeNull();
    expect(validate({ ...document, paths: { '/v1/debits': { post: { responses: [] } } } })).toBe(false);
    for (const name of Object.keys(components.schemas)) ajv.compile({ $ref: `core#/components/schemas/${name}` });
  });

  it('has examples that are as its schemas say, at least one of every body', () => {
    const media = calls.flatMap(({ requestBody, responses }) => [
      ...Object.values(requestBody?.content ?? {}),
      ...Object.values(responses).flatMap((response) => Object.values(resolved(response).content ?? {})),
    ]);
    expect(media.length).toBeGreaterThan(15);
    for (const { schema, examples } of media) {
      expect(Object.keys(examples)).not.toEqual([]);
      for (const { value } of Object.values(examples))
        expect({ value, wrong: wrong(schema, value) }).toMatchObject({ wrong: null });
    }
    for (const [name, schema] of Object.entries(components.schemas)) {
      for (const value of schema.examples ?? [])
        expect({ name, wrong: wrong(schema, value) }).toEqual({ name, wrong: null });
    }
    for (const { name, schema, example } of Object.values(components.parameters)) {
      expect({ name, wrong: wrong(schema, example) }).toEqual({ name, wrong: null });
    }
  });

  it.each([
    ['Amount', ['0.00', '1500', '1500.5', '-1.00', '1e3', ' 1.00', '1500,00']],
    ['Balance', ['1', '+1.00', '1.0']],
    ['Problem', [{ outcome: 'DONE' }]],
    ['Outcome', [{ operationId: 'a', outcome: 'NEVER_SEEN' }, { operationId: 'a', outcome: 'REFUSED' }, {}]],
  ])('does not take just anything for %s', (name, values) => {
    for (const value of values)
      expect({ value, wrong: wrong(schemaOf(name), value) }).not.toMatchObject({ wrong: null });
  });

  it('names the same reasons, statuses, outcomes, purposes, currency and lengths as the code', () => {
    // A name more or less in the types does not compile.
    const outcomes: Record<CoreOperationAnswer['outcome'], string> = {
      DONE: 'Done',
      REFUSED: 'Refused',
      NEVER_SEEN: 'NeverSeen',
    };
    const purposes: Record<(CoreMovementRequest | CoreReversalRequest)['purpose'], string> = {
      QR_PAYMENT: 'Debit',
      QR_REFUND: 'Credit',
      QR_PAYMENT_REVERSAL: 'Reversal',
    };
    for (const [outcome, name] of Object.entries(outcomes))
      expect(schemaOf(name).properties?.outcome?.const).toBe(outcome);
    for (const [purpose, name] of Object.entries(purposes))
      expect(schemaOf(name).properties?.purpose?.const).toBe(purpose);
    expect(schemaOf('Reason').enum).toEqual(CORE_REASONS);
    expect(schemaOf('Account').properties?.status?.enum).toEqual(CORE_ACCOUNT_STATUSES);
    expect(schemaOf('Currency').const).toBe(CORE_CURRENCY);
    const { properties: debit = {} } = schemaOf('Debit');
    const lengths = {
      operationId: schemaOf('OperationId').maxLength,
      customerId: schemaOf('CustomerId').maxLength,
      accountId: schemaOf('AccountId').maxLength,
      reference: debit.reference?.maxLength,
      description: debit.description?.maxLength,
      accountName: schemaOf('Account').properties?.name?.maxLength,
      coreReference: schemaOf('Done').properties?.coreReference?.maxLength,
      message: schemaOf('Refused').properties?.message?.maxLength,
    };
    expect(lengths).toEqual(CORE_LENGTHS);
  });

  it('has the paths of the code, and the header of each operation', () => {
    const { accounts, debits, credits, reversals, operation } = CORE_PATHS;
    const marked = [accounts('{customerId}'), debits, credits, reversals, operation('{operationId}')];
    expect(Object.keys(paths)).toEqual(marked.map(decodeURIComponent));
    expect(components.parameters.IdempotencyKey?.name.toLowerCase()).toBe(IDEMPOTENCY_KEY);
    for (const { path, method, parameters = [] } of calls) {
      const names = parameters.map(({ $ref = '' }) => $ref.split('/').at(-1));
      expect({ path, keyed: names.includes('IdempotencyKey') }).toEqual({ path, keyed: method === 'post' });
    }
  });
});

describe('The simulated core', () => {
  const TOKEN = 'token-of-the-core';
  let simulator: RunningSimulator;
  let account: string;
  const core = coreClientOf(() => simulator.core.url, TOKEN);
  const stranger = coreClientOf(() => simulator.core.url);

  beforeAll(async () => {
    const refundUrl = 'http://127.0.0.1:9/refund';
    simulator = await startSimulator({ port: 0, storeFile: null, refundUrl, coreToken: TOKEN });
    account = simulator.core.openAccount({ customerId: '900900000001', name: 'Основной счёт', balance: '1000.00' }).id;
  });
  afterAll(() => simulator.stop());

  /** Fails if the document lacks this status for the call, or if the body does not match its schema. */
  function expectAsDocumented(operationId: string, { status, type, body }: CoreResponse, code = status): void {
    expect({ operationId, status, body }).toMatchObject({ status: code });
    const call = calls.find((each) => each.operationId === operationId);
    const content = resolved(call?.responses[String(status)] ?? {}).content ?? {};
    const media = Object.entries(content).find(([mediaType]) => type?.startsWith(mediaType))?.[1];
    expect({ operationId, status, type, documented: media !== undefined }).toMatchObject({ documented: true });
    expect({ operationId, body, wrong: wrong(media?.schema ?? {}, body) }).toMatchObject({ wrong: null });
  }

  it('returns a customer’s accounts as documented', async () => {
    expectAsDocumented('accounts', await core.accounts('900900000001'), 200);
    expectAsDocumented('accounts', await core.accounts('900900000002'), 404);
    expectAsDocumented('accounts', await stranger.accounts('900900000001'), 401);
  });

  it.each([
    ['debit', (id: string, change = {}) => core.debit(debitOf(account, id, change))],
    ['credit', (id: string, change = {}) => core.credit(creditOf(account, id, change))],
    ['reverse', (id: string, change = {}) => core.reverse(reversalOf(account, `debit-of-${id}`, id, change))],
  ] as const)(
    'answers a %s as documented: done, repeated, refused, with other content, malformed',
    async (name, send) => {
      const first = await send(`${name}-1`);
      expectAsDocumented(name, first, 200);
      expect(first.body).toMatchObject({ outcome: 'DONE' });
      expect((await send(`${name}-1`)).text).toBe(first.text);
      expectAsDocumented(name, await send(`${name}-1`, { reference: 'another' }), 409);
      expectAsDocumented(name, await send(`${name}-2`, { amount: '1' }), 400);
      const method = { debit: 'coreDebit', credit: 'coreCredit', reverse: 'coreReversal' } as const;
      for (const reason of CORE_REASONS) {
        simulator.faults.set({ [method[name]]: [{ do: 'refuse', reason, count: 1 }] });
        const refused = await send(`${name}-${reason}`);
        expectAsDocumented(name, refused, 200);
        expect(refused.body).toMatchObject({ outcome: 'REFUSED', reason });
      }
    },
  );

  it('returns the outcome of an operation as documented', async () => {
    await core.debit(debitOf(account, 'known', { amount: '1.00' }));
    await core.debit(debitOf(account, 'refused', { amount: '100000.00' }));
    for (const id of ['known', 'refused']) expectAsDocumented('outcome', await core.outcome(id), 200);
    expectAsDocumented('outcome', await core.outcome('unknown'), 404);
    expectAsDocumented('outcome', await stranger.outcome('known'), 401);
  });

  it('understands the document’s examples of every request', async () => {
    for (const { path, operationId, requestBody } of calls) {
      for (const { value } of Object.values(requestBody?.content['application/json']?.examples ?? {})) {
        const request = value as CoreMovementRequest;
        const answer = await core.call('POST', path, request, { [IDEMPOTENCY_KEY]: request.operationId });
        expectAsDocumented(operationId, answer, 200);
      }
    }
  });
});
