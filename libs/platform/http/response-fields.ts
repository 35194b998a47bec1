import { ApiProperty, type ApiPropertyOptions } from '@nestjs/swagger';

// The documentation of properties of responses.

/** A property that may be null. */
export function ApiNullable(
  type: ApiPropertyOptions['type'],
  example: unknown,
  description?: string,
): PropertyDecorator {
  return ApiProperty({ type, nullable: true, example, ...(description && { description }) } as ApiPropertyOptions);
}

/** A moment. */
export function ApiMoment(description?: string): PropertyDecorator {
  return ApiProperty({ type: Date, example: '2026-02-19T09:53:02.101Z', ...(description && { description }) });
}
