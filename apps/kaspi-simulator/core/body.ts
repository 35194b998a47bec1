import { BadRequestException } from '@nestjs/common';
import type { z } from 'zod';

/** What a body says, by its schema; fields that it does not name are left out. Throws BadRequestException, which names each field at fault. */
export function readBody<Schema extends z.ZodType>(schema: Schema, body: string | undefined): z.output<Schema> {
  const result = schema.safeParse(parsed(body));
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path, message }) => `${path.join('.') || 'the body'}: ${message}`);
  throw new BadRequestException(problems.join('; '));
}

function parsed(body: string | undefined): unknown {
  try {
    return JSON.parse(body ?? '');
  } catch {
    throw new BadRequestException('the body must be JSON');
  }
}
