export type JsonSchema = { readonly [keyword: string]: unknown };

/**
 * Converts a schema of an OpenAPI 3.0 document to a self-contained JSON Schema: references are inlined, `nullable` becomes a
 * type, and `example` becomes `examples`.
 */
export function toStandaloneSchema(schema: JsonSchema, schemas: Readonly<Record<string, JsonSchema>>): JsonSchema {
  const inline = (part: JsonSchema) => toStandaloneSchema(part, schemas);
  const { $ref, nullable, allOf, example, properties, items, ...rest } = schema;
  if (typeof $ref === 'string') return inline(schemas[$ref.split('/').at(-1) ?? ''] ?? {});
  if (Array.isArray(allOf)) {
    const whole = allOf.length === 1 ? inline(allOf[0]) : { allOf: allOf.map(inline) };
    const described = { ...rest, ...whole };
    return nullable === true ? { anyOf: [described, { type: 'null' }] } : described;
  }
  return {
    ...rest,
    ...(nullable === true && { type: [rest.type, 'null'] }),
    ...(nullable === true && Array.isArray(rest.enum) && { enum: [...rest.enum, null] }),
    ...(properties !== undefined && {
      properties: Object.fromEntries(
        Object.entries(properties as Record<string, JsonSchema>).map(([name, property]) => [name, inline(property)]),
      ),
    }),
    ...(items !== undefined && { items: inline(items as JsonSchema) }),
    ...(example !== undefined && example !== null && { examples: [example] }),
  };
}
