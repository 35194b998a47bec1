import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { IsBusinessDay } from './business-day.js';
import { IsReason, IsSearchText } from './text.js';

// The required properties of request bodies.

/** Text of 1 to `maxLength` characters. */
export function BodyText(maxLength: number, example: string, description?: string): PropertyDecorator {
  return applyDecorators(
    ApiProperty({ type: String, example, minLength: 1, maxLength, ...(description && { description }) }),
    IsSearchText(maxLength),
  );
}

/** The reason for an action of an operator. */
export function BodyReason(example: string, description: string): PropertyDecorator {
  return applyDecorators(ApiProperty({ type: String, example, minLength: 3, maxLength: 500, description }), IsReason());
}

/** A business day like 2026-03-09. */
export function BodyDate(example: string, description?: string): PropertyDecorator {
  return applyDecorators(
    ApiProperty({ type: String, format: 'date', example, ...(description && { description }) }),
    IsBusinessDay(),
  );
}
