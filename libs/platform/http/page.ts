import { DomainError, UUID } from '@mpp/kernel';
import type { Type as ClassOf } from '@nestjs/common';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsInt, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';
import type { Position } from '../database/newest-first.js';

/** The query of every list. */
export class PageQuery {
  @ApiPropertyOptional({ minimum: 1, maximum: 200, default: 50, description: 'Сколько записей / how many' })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(200)
  limit: number = 50;

  @ApiPropertyOptional({ description: 'nextCursor предыдущей страницы / of the page before' })
  @IsOptional()
  @IsString()
  @MaxLength(200)
  cursor?: string;
}

export interface Page<Item> {
  items: Item[];
  nextCursor: string | null;
}

/** The base class of the DTO of a page: `class PaymentPageDto extends PageType(PaymentDto) {}`. */
export function PageType<Item>(item: ClassOf<Item>): ClassOf<Page<Item>> {
  class PageDto implements Page<Item> {
    @ApiProperty({ type: [item] })
    items!: Item[];

    @ApiProperty({ type: String, nullable: true, example: null, description: 'Null on the last page' })
    nextCursor!: string | null;
  }
  return PageDto;
}

const IDS = {
  uuid: UUID,
  number: /^\d{1,18}$/,
} as const;

export function encodeCursor({ at, id }: Position): string {
  return Buffer.from(`${at.getTime()}~${id}`).toString('base64url');
}

/** Null without a cursor. Throws VALIDATION_FAILED for a cursor that this server did not issue. */
export function decodeCursor(cursor: string | undefined, ids: keyof typeof IDS): Position | null {
  if (cursor === undefined) return null;
  const [time = '', id = '', ...rest] = Buffer.from(cursor, 'base64url').toString('latin1').split('~');
  const at = new Date(/^\d{1,15}$/.test(time) ? Number(time) : Number.NaN);
  if (rest.length > 0 || Number.isNaN(at.getTime()) || !IDS[ids].test(id)) {
    throw unknownCursor();
  }
  return { at, id };
}

/** The refusal of a cursor that this server did not issue. */
export function unknownCursor(): DomainError {
  const message = { ru: 'неизвестный курсор', kk: 'белгісіз меңзер' };
  return new DomainError('VALIDATION_FAILED', { errors: [{ field: 'cursor', message }] });
}

/** Builds the page from `limit + 1` rows: the extra row shows that there is a next page. */
export function pageOf<Row, Item>(
  rows: readonly Row[],
  limit: number,
  position: (row: Row) => Position,
  item: (row: Row) => Item,
): Page<Item> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const more = rows.length > limit && last !== undefined;
  return { items: shown.map(item), nextCursor: more ? encodeCursor(position(last)) : null };
}
