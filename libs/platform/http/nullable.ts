import { ApiProperty, type ApiPropertyOptions } from '@nestjs/swagger';

/** Documents a property of a response that may be null. */
export function ApiNullable(
  type: ApiPropertyOptions['type'],
  example: unknown,
  description?: string,
): PropertyDecorator {
  return ApiProperty({ type, nullable: true, example, ...(description && { description }) } as ApiPropertyOptions);
}
