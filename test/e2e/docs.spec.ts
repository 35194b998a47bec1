import { describe, expect, it } from '@jest/globals';
import { callsOf, departures, type Operation, resolved, type Schema, schemaOf } from '../support/openapi.js';
import { DOCUMENTS, docsFixture } from './docs-fixture.js';

const fixture = docsFixture();

describe('the Swagger UI', () => {
  it('is served at /docs, with every file that its page names', async () => {
    const { status, type, text } = await fixture.fetchPage('/docs');
    expect({ status, type }).toEqual({ status: 200, type: expect.stringMatching(/^text\/html/) });
    const named = [...text.matchAll(/(?:src|href)="\.\/(docs\/[^"]+)"/g)].map(([, path]) => `/${path}`);
    expect(named).toEqual(expect.arrayContaining(['/docs/swagger-ui-bundle.js', '/docs/swagger-ui-init.js']));
    for (const path of named) expect(await fixture.fetchPage(path)).toMatchObject({ status: 200 });
  });

  it('offers the three documents', async () => {
    const { text } = await fixture.fetchPage('/docs/swagger-ui-init.js');
    for (const name of DOCUMENTS) expect(text).toContain(`"/docs/${name}.json"`);
  });
});

describe.each(DOCUMENTS)('the document %s', (name) => {
  const calls = () => callsOf(fixture.documents[name]);

  /** Every schema of the document with its place: named ones and those written where they are used. */
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
    return [...Object.entries(fixture.documents[name].components.schemas), ...used].flatMap(inside);
  }

  it('is OpenAPI 3, has a title and a description, and describes each call', () => {
    const { openapi, info } = fixture.documents[name];
    expect(openapi).toMatch(/^3\./);
    expect(info.title).toMatch(/API$/);
    expect(info.description.length).toBeGreaterThan(20);
    expect(calls().length).toBeGreaterThan(0);
    for (const { name: call, operation } of calls())
      expect([call, operation.summary]).toEqual([call, expect.stringMatching(/\w/)]);
  });

  it('has no empty schema and no reference without a target', () => {
    const empty = schemas().filter(([, schema]) => {
      const { type, properties, items, enum: values, additionalProperties } = resolved(schema, fixture.documents[name]);
      if (type === 'object') return Object.keys(properties ?? {}).length === 0 && additionalProperties !== true;
      if (type === 'array') return items === undefined;
      return type === undefined && values === undefined;
    });
    expect(empty.map(([at]) => at)).toEqual([]);
  });

  it('explains every field by an example, a description, its values or its schema', () => {
    const fields = schemas().flatMap(([at, { properties }]) =>
      Object.entries(properties ?? {}).map(([field, schema]): [string, Schema] => [`${at}.${field}`, schema]),
    );
    const explained = ({ example, description, enum: values, $ref, allOf, items }: Schema): boolean =>
      example !== undefined ||
      [description, values, $ref, allOf].some(Boolean) ||
      (items !== undefined && explained(items));
    expect(fields.filter(([, schema]) => !explained(schema)).map(([at]) => at)).toEqual([]);
  });

  it('has a type and an example for every path parameter, and a type and an explanation for every other parameter', () => {
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

  it('has a schema for every success', () => {
    const good = responses().filter(({ status }) => status.startsWith('2'));
    expect(new Set(good.map(({ at }) => at.slice(0, -4)))).toEqual(new Set(calls().map((call) => call.name)));
    for (const { at, response } of good) expect([at, schemaOf(response)]).toEqual([at, expect.any(Object)]);
  });

  it('has the problem schema and an example of each code for every refusal; for the PS the result schema', () => {
    const bad = responses().filter(({ status }) => status.startsWith('4'));
    if (name === 'kaspi') {
      const shown = bad.map(({ status, response }) => [status, schemaOf(response)?.$ref]);
      const answer = '#/components/schemas/RefundAnswerDto';
      expect(shown).toEqual([
        ['400', answer],
        ['403', undefined],
        ['413', answer],
        ['415', undefined],
      ]);
      return;
    }
    for (const { at, status, response } of bad) {
      const { schema, examples = {} } = response.content?.['application/problem+json'] ?? {};
      expect([at, schema]).toEqual([at, { $ref: '#/components/schemas/ProblemDto' }]);
      expect([at, Object.keys(examples).join(', ')]).toEqual([at, response.description]);
      for (const [code, { value }] of Object.entries(examples)) {
        expect(value).toMatchObject({ status: Number(status), code });
        expect(departures(value, schema ?? {}, fixture.documents[name])).toEqual([]);
      }
    }
  });

  it('documents the refusals that a call must have', () => {
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
