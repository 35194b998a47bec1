import { applyDecorators } from '@nestjs/common';
import { IsString, Length, Matches } from 'class-validator';

/** Text of 1 to `maxLength` characters that the database takes: without control characters. */
export function IsSearchText(maxLength: number): PropertyDecorator {
  return applyDecorators(IsString(), Length(1, maxLength), Matches(/^[^\p{Cc}]*$/u)) as PropertyDecorator;
}
