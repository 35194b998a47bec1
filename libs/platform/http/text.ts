import { applyDecorators } from '@nestjs/common';
import { IsString, Length, Matches } from 'class-validator';

/** Text of 1 to `maxLength` characters without control characters, which the database does not accept. */
export function IsSearchText(maxLength: number): PropertyDecorator {
  return applyDecorators(IsString(), Length(1, maxLength), Matches(/^[^\p{Cc}]*$/u)) as PropertyDecorator;
}

/** The reason for an action: at least one visible character, and no control characters. */
export function IsReason(): PropertyDecorator {
  return applyDecorators(IsString(), Length(3, 500), Matches(/^(?=.*[^\p{C}\p{Z}])[^\p{Cc}]*$/u)) as PropertyDecorator;
}
