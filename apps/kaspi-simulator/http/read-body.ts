import { parseWireObject } from '@mpp/kaspi/wire';
import { BadRequestException } from '@nestjs/common';
import { z } from 'zod';

/** Reads a JSON body by its schema. Throws BadRequestException, which names each invalid field. */
export function readBody<Schema extends z.ZodType>(schema: Schema, body: string | undefined): z.output<Schema> {
  return validate(schema, parseJson(body), 'the body');
}

/** Like {@link readBody} for a JSON object; every number in it is the text it was written as, so that no amount becomes a float. */
export function readWireBody<Schema extends z.ZodType>(schema: Schema, body: string | undefined): z.output<Schema> {
  const object = parseWireObject(body ?? '');
  if (object === null) throw new BadRequestException('the body must be a JSON object');
  return validate(schema, object, 'the body');
}

/** Reads a value by its schema; `name` is its name in errors. Throws BadRequestException, which names each invalid field. */
export function validate<Schema extends z.ZodType>(schema: Schema, value: unknown, name: string): z.output<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path, message }) => `${z.core.toDotPath(path) || name}: ${message}`);
  throw new BadRequestException(problems.join('; '));
}

function parseJson(body: string | undefined): unknown {
  try {
    return JSON.parse(body ?? '');
  } catch {
    throw new BadRequestException('the body must be JSON');
  }
}
