import fc from 'fast-check';

export const LIMIT_BYTES = 64 * 1024;
export const JSON_TYPE = 'application/json';
/** The purchase and the refundId of the refund that was accepted before. */
export const PURCHASE = 'ps-fuzzed';
export const ACCEPTED_ID = 'accepted';

/** A field of the body, as JSON text. */
export type Field = readonly [key: string, json: string];

export interface RefundRequest {
  readonly body: Buffer;
  readonly contentType: string | null;
}

export const asJson = (text: string): RefundRequest => ({ body: Buffer.from(text), contentType: JSON_TYPE });

const text = fc.oneof(
  { weight: 3, arbitrary: fc.string({ unit: 'grapheme', maxLength: 100 }) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 20 }) },
  { weight: 1, arbitrary: fc.constantFrom("'; drop table refunds; --", '{{7*7}}', '../..', '\ud83d', 'null', '%00') },
);
const deeplyNested = fc
  .tuple(fc.constantFrom(['[', ']'], ['{"a":', '}'], ['[{"":', '}]']), fc.integer({ min: 1, max: 60_000 }))
  .map(([[open = '', close = ''], bytes]) => {
    const depth = Math.floor(bytes / (open.length + close.length));
    return `${open.repeat(depth)}1${close.repeat(depth)}`;
  });
const moderatelyNested = deeplyNested.filter((given) => given.length < 2000);
const nonText = fc.oneof(
  fc.constantFrom('null', 'true', 'false', '0', '1', '900900000001', '[]', '{}', '1e400', '-0'),
  fc.jsonValue({ maxDepth: 3 }).map((given) => JSON.stringify(typeof given === 'string' ? [given] : given)),
  moderatelyNested,
);
const control = fc.constantFrom('\0', '\n', '\t', '\u007f', '\u0085', '\ud83d', '\udc00');
const withControlCharacter = fc.tuple(
  fc.constantFrom('', ACCEPTED_ID, '900900000001', 'x'),
  control,
  fc.constantFrom('', 'x'),
);
/** JSON values that are no id of at most so many characters. */
const invalidId = (longest: number) =>
  fc.oneof(
    nonText,
    fc.constantFrom('""', '" "', '"\u00a0"', '"\ufeff"', '" \u2003 "'),
    withControlCharacter.map((parts) => JSON.stringify(parts.join(''))),
    fc
      .tuple(fc.constantFrom('a', '9', 'ж', '🦊', 'é'), fc.integer({ min: longest + 1, max: 200 }))
      .map(([letter, times]) => JSON.stringify(letter.repeat(times))),
    fc.constantFrom(1000, 15_000).map((times) => JSON.stringify('🦊'.repeat(times))),
  );
const invalidAmount = fc.oneof(
  fc
    .constantFrom(
      ...['1e0', '1E0', '1e2', '-1', '+1', '1,00', '1 000', ' 1', '1 ', '1\n', '', '0', '0.00', '000.0', '.5', '5.'],
      ...['1.001', '1.000', '60.01', '100', '9'.repeat(16), '9'.repeat(17), '9'.repeat(400), '１', '١', '0x1', '1_0'],
      ...['NaN', 'Infinity', '1.00 KZT', '1.00\0', '-0', '--1', '1..0', '1.0.0', '½', '1\u00a0', '1.5e1', '1n'],
    )
    .map((given) => JSON.stringify(given)),
  fc.constantFrom('0', '-0', '0.0', '0.00', '-1', '1e0', '1E0', '1e+0', '10e-1', '0.1e1', '1e400', '1e-400', '1.000'),
  fc.constantFrom('60.01', '1.001', '0.001', '9007199254740993', '99999999999999999999', '1.00000000000000000001'),
  nonText.filter((given) => !/^-?\d/.test(given)),
  text.filter((given) => !/^\d/.test(given)).map((given) => JSON.stringify(given)),
);
const invalidLink = fc.oneof(
  nonText,
  fc.constantFrom('""', '"  "', '"https://receipt.kaspi.kz/\\u0000"', '"https://receipt.kaspi.kz/\\n"', '"\\ud83d"'),
);

const regulationFields = ['customerId', 'paymentId', 'refundId', 'refundAmount', 'linkReceipt', 'pdfReceipt'];
const isRegulationField = (key: string) =>
  regulationFields.some((name) => name.toLowerCase() === key.trim().toLowerCase());
/** A field that the regulation does not have; it is ignored (R7). */
export const unknownField: fc.Arbitrary<Field> = fc.tuple(
  fc.oneof(
    text.filter((key) => !isRegulationField(key)),
    fc.constantFrom('__proto__', 'constructor', 'toString', 'hasOwnProperty', 'prototype', '', '0', 'result'),
  ),
  fc.oneof(fc.json({ maxDepth: 3 }), nonText, fc.constantFrom('{"refundAmount":"1.00","refundId":"inside"}', '1e999')),
);
/** A key as the regulation's tables and examples spell it: in another case, with blanks around it (R6). */
const spelling = (key: string): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 4, arbitrary: fc.constant(key) },
    { weight: 1, arbitrary: fc.constantFrom(`${key} `, ` ${key}`, `\t${key}\u00a0`, `${key}\n`, `\ufeff${key}`) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(key.toUpperCase(), key.toLowerCase(), `${key[0]?.toUpperCase()}${key.slice(1)}`),
    },
  );
export const spelledVariously = (fields: readonly Field[]): fc.Arbitrary<Field[]> =>
  fc.tuple(...fields.map(([key, given]) => spelling(key).map((name): Field => [name, given])));
export const fieldsOf = (body: Record<string, unknown>): Field[] =>
  Object.entries(body).map(([key, value]) => [key, JSON.stringify(value)]);
export const bodyOf = (fields: readonly Field[]) =>
  `{${fields.map(([key, given]) => `${JSON.stringify(key)}:${given}`).join(',')}}`;

/**
 * Requests that must be refused. `newRefund` returns a valid body under an unused refundId; `strangerId` a customer to whom the
 * purchase does not belong.
 */
export function invalidRefunds(newRefund: () => Record<string, unknown>, strangerId: () => string) {
  /** A field and a JSON value that makes the refund impossible; undefined leaves the field out. */
  const fault: fc.Arbitrary<readonly [string, string | undefined]> = fc.oneof(
    fc.tuple(
      fc.constantFrom('customerId', 'paymentId', 'refundId', 'refundAmount', 'linkReceipt'),
      fc.constant(undefined),
    ),
    fc.tuple(
      fc.constant('customerId'),
      fc.oneof(
        invalidId(12),
        fc.constantFrom(...['"1"', '" 900900000001"', '"900900000001 "', '"９"'], '"900900000001\\u200b"'),
        fc.constant(null).map(() => JSON.stringify(strangerId())),
      ),
    ),
    fc.tuple(
      fc.constant('paymentId'),
      fc.oneof(
        invalidId(64),
        text.filter((given) => given !== 'ps-fuzzed').map((given) => JSON.stringify(given)),
        fc.constantFrom('" ps-fuzzed"', '"ps-fuzzed "', '"PS-FUZZED"', '"ps-fuzzed\\u200b"', '"%"', '"ps-fuzze_"'),
      ),
    ),
    fc.tuple(fc.constant('refundId'), invalidId(64)),
    fc.tuple(fc.constant('refundAmount'), invalidAmount),
    fc.tuple(fc.constant('linkReceipt'), invalidLink),
    fc.tuple(
      fc.constant('pdfReceipt'),
      invalidLink.filter((given) => given !== 'null' && given !== '""'),
    ),
  );

  /** One fault among unknown fields, in any spelling and order. */
  const withOneFault = fc
    .record({ fault, body: fc.constant(null).map(newRefund), noise: fc.array(unknownField, { maxLength: 3 }) })
    .chain(({ fault: [name, wrong], body, noise }) => {
      const { [name]: _, ...validBody } = body as Record<string, unknown>;
      const fields: Field[] = [...fieldsOf(validBody), ...(wrong === undefined ? [] : [[name, wrong] as const])];
      return spelledVariously(fields).chain((given) =>
        fc.shuffledSubarray([...given, ...noise], { minLength: given.length + noise.length }),
      );
    })
    .map(bodyOf);
  /** The valid value is present too but does not count: before the last field with the same key, or under a key with blanks. */
  const withDuplicateField = fc
    .record({
      fault: fault.filter(([, wrong]) => wrong !== undefined && wrong !== 'null'),
      body: fc.constant(null).map(newRefund),
      blank: fc.boolean(),
    })
    .map(({ fault: [name, wrong = ''], body, blank }) => {
      const fields: Field[] = [...fieldsOf(body), [name, wrong]];
      return blank
        ? bodyOf(
            fields.map(([key, given], index) =>
              key === name && index < fields.length - 1 ? [`${key} `, given] : [key, given],
            ),
          )
        : bodyOf(fields);
    });
  const validBody = fc.constant(null).map(() => JSON.stringify(newRefund()));
  const malformedJson = fc.oneof(
    fc
      .tuple(validBody, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }))
      .map(([whole, part]) => whole.slice(0, Math.floor(whole.length * part))),
    validBody.map((whole) => `${whole}}`),
    validBody.map((whole) => whole.replace('{', '{,')),
    validBody.map((whole) => whole.replaceAll('"', "'")),
    validBody.map((whole) => whole.replace('"1.00"', '01')),
    validBody.map((whole) => whole.replace('"1.00"', 'NaN')),
    validBody.map((whole) => `${whole}${whole}`),
    validBody.map((whole) => `/**/${whole}`),
    fc
      .tuple(fc.constantFrom('[', '{"a":', '"', '[{"":'), fc.integer({ min: 1, max: 60_000 }))
      .map(([open, bytes]) => open.repeat(bytes / open.length)),
    fc.string({ unit: 'binary' }),
  );
  const notARefundObject = fc.oneof(
    validBody.map((whole) => `[${whole}]`),
    validBody.map((whole) => JSON.stringify(whole)),
    validBody.map((whole) => `{"refund":${whole}}`),
    validBody.map((whole) => `{"__proto__":${whole}}`),
    deeplyNested,
    fc.json(),
  );
  const tooLong = fc
    .tuple(validBody, fc.constantFrom(' ', '\n'), fc.integer({ min: LIMIT_BYTES + 1, max: LIMIT_BYTES + 5000 }))
    .map(([whole, blank, bytes]) => whole.padEnd(bytes, blank));
  const contentType = fc.oneof(
    { weight: 10, arbitrary: fc.constant(JSON_TYPE) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        ...['text/plain', 'application/json; charset=utf-16', 'application/x-www-form-urlencoded', 'a', '', '*/*', ';'],
        ...['multipart/form-data; boundary=x', 'application/octet-stream', 'application/JSON;;;', 'text/'],
      ),
    },
    { weight: 1, arbitrary: fc.constant(null) },
  );
  const invalidRequest: fc.Arbitrary<RefundRequest> = fc.oneof(
    {
      weight: 14,
      arbitrary: fc
        .tuple(
          fc.oneof({ weight: 4, arbitrary: withOneFault }, withDuplicateField, malformedJson, notARefundObject),
          contentType,
        )
        .map(([given, type]) => ({ body: Buffer.from(given), contentType: type })),
    },
    { weight: 1, arbitrary: tooLong.map(asJson) },
    {
      weight: 1,
      arbitrary: validBody.map((whole) => ({ body: Buffer.from(whole, 'utf16le'), contentType: JSON_TYPE })),
    },
    {
      weight: 1,
      arbitrary: fc
        .uint8Array({ maxLength: 200 })
        .map((bytes) => ({ body: Buffer.from(bytes), contentType: JSON_TYPE })),
    },
  );

  return { fault, invalidRequest };
}
