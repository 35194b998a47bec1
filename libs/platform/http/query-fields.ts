import { applyDecorators } from '@nestjs/common';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional } from 'class-validator';
import { IsInstant } from './instant.js';
import { IsSearchText } from './text.js';

// The optional parameters that filter lists.

/** One of the values. */
export function FilterOneOf(values: readonly string[], description?: string): PropertyDecorator {
  return applyDecorators(
    ApiPropertyOptional({ enum: values, ...(description && { description }) }),
    IsOptional(),
    IsIn(values),
  );
}

/** Text that the column equals, of at most `maxLength` characters. */
export function FilterText(maxLength: number, description: string, example?: string): PropertyDecorator {
  return applyDecorators(
    ApiPropertyOptional({ type: String, maxLength, description, ...(example && { example }) }),
    IsOptional(),
    IsSearchText(maxLength),
  );
}

/** A moment in ISO 8601, as text. */
export function FilterInstant(description: string): PropertyDecorator {
  return applyDecorators(
    ApiPropertyOptional({ type: String, format: 'date-time', description }),
    IsOptional(),
    IsInstant(),
  );
}

/** The texts `true` and `false`; `false` does not filter. */
export function FilterFlag(description: string): PropertyDecorator {
  return applyDecorators(ApiPropertyOptional({ type: Boolean, description }), IsOptional(), IsIn(['true', 'false']));
}
