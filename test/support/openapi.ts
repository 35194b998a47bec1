/** The parts of OpenAPI 3.0 that the server's documents use. */
export interface Schema {
  $ref?: string;
  allOf?: Schema[];
  type?: string;
  format?: string;
  nullable?: boolean;
  enum?: unknown[];
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: boolean;
  description?: string;
  example?: unknown;
  default?: unknown;
}

export interface Parameter {
  name: string;
  in: 'path' | 'query' | 'header';
  required: boolean;
  description?: string;
  example?: unknown;
  schema?: Schema;
}

export interface Content {
  schema?: Schema;
  example?: unknown;
  examples?: Record<string, { value: { status: number; code: string } }>;
}

export interface Operation {
  summary?: string;
  parameters: Parameter[];
  requestBody?: { content: Record<string, Content> };
  responses: Record<string, { description: string; content?: Record<string, Content> }>;
  security?: Record<string, string[]>[];
}

export interface OpenApi {
  openapi: string;
  info: { title: string; description: string };
  servers: { url: string }[];
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
}

const TYPES = [
  'application/json',
  'text/event-stream',
  'text/csv',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  'application/problem+json',
];

/** The schema of an answer: JSON, events of a stream, a file, or a problem. */
export function schemaOf(response: Operation['responses'][string] | undefined): Schema | undefined {
  return TYPES.map((type) => response?.content?.[type]?.schema).find((schema) => schema !== undefined);
}

/** Every call of a document, in the document's order. */
export function callsOf(document: OpenApi): { name: string; method: string; path: string; operation: Operation }[] {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      name: `${method.toUpperCase()} ${path}`,
      method: method.toUpperCase(),
      path,
      operation,
    })),
  );
}

/** The schema behind a reference. Throws if there is none. */
export function resolved(schema: Schema, document: OpenApi): Schema {
  if (schema.allOf !== undefined) {
    const parts = schema.allOf.map((part) => resolved(part, document));
    return Object.assign({}, ...parts, { nullable: schema.nullable ?? false });
  }
  if (schema.$ref === undefined) return schema;
  const found = document.components.schemas[schema.$ref.replace('#/components/schemas/', '')];
  if (found === undefined) throw new Error(`${schema.$ref} does not exist`);
  return found;
}

/** The body that the documentation page suggests: the example, else one composed of the examples of the parts. */
export function sampleOf(given: Schema, document: OpenApi): unknown {
  const schema = resolved(given, document);
  const shown = schema.example ?? schema.default ?? schema.enum?.[0];
  if (shown !== undefined) return shown;
  switch (schema.type) {
    case 'object':
      return Object.fromEntries(
        Object.entries(schema.properties ?? {}).map(([name, property]) => [name, sampleOf(property, document)]),
      );
    case 'array':
      return [sampleOf(schema.items ?? {}, document)];
    case 'boolean':
      return true;
    case 'number':
    case 'integer':
      return 0;
    default:
      return 'string';
  }
}

/** The differences between a value and its schema, in words. Fields that the schema does not have are differences too. */
export function departures(value: unknown, given: Schema, document: OpenApi, at = ''): string[] {
  const schema = resolved(given, document);
  if (value === null) return schema.nullable ? [] : [`${at} is null`];
  if (schema.enum !== undefined && !schema.enum.includes(value))
    return [`${at} is ${String(value)}, which is not in the enum`];
  switch (schema.type) {
    case 'object':
      return objectDepartures(value, schema, document, at);
    case 'array':
      return Array.isArray(value)
        ? value.flatMap((item, index) => departures(item, schema.items ?? {}, document, `${at}[${index}]`))
        : [`${at} is not a list`];
    case 'string':
      if (typeof value !== 'string') return [`${at} is not a string`];
      return schema.format === 'date-time' && !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(value)
        ? [`${at} is ${value}, not a time in UTC`]
        : [];
    default:
      return typeof value === schema.type ? [] : [`${at} is not a ${schema.type}`];
  }
}

function objectDepartures(value: unknown, schema: Schema, document: OpenApi, at: string): string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [`${at} is not an object`];
  const missing = (schema.required ?? []).filter((name) => !(name in value)).map((name) => `${at}.${name} is missing`);
  const parts = Object.entries(value).flatMap(([name, part]) => {
    const property = schema.properties?.[name];
    if (property !== undefined) return departures(part, property, document, `${at}.${name}`);
    return schema.additionalProperties === true ? [] : [`${at}.${name} is not described`];
  });
  return [...missing, ...parts];
}
