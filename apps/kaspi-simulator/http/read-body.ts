import { BadRequestException } from '@nestjs/common';
import type { z } from 'zod';

/** What a body says, by its schema; fields that it does not name are left out. Throws BadRequestException, which names each field at fault. */
export function readBody<Schema extends z.ZodType>(schema: Schema, body: string | undefined): z.output<Schema> {
  return read(schema, parsed(body), 'the body');
}

/** What was given, by its schema; `whole` is what it is called. Throws BadRequestException, which names each field at fault. */
export function read<Schema extends z.ZodType>(schema: Schema, given: unknown, whole: string): z.output<Schema> {
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path, message }) => `${path.join('.') || whole}: ${message}`);
  throw new BadRequestException(problems.join('; '));
}

function parsed(body: string | undefined): unknown {
  try {
    return JSON.parse(body ?? '');
  } catch {
    throw new BadRequestException('the body must be JSON');
  }
}
