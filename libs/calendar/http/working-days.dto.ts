import type { BusinessDay } from '@mpp/kernel';
import { ApiNullable, BodyDate, dayIn, IsSearchText } from '@mpp/platform';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsInt,
  IsObject,
  IsOptional,
  Max,
  Min,
  ValidateNested,
} from 'class-validator';
import type { DayCorrection, WorkingDays } from '../domain/working-days.js';

/** What decides whether a day is a working day. */
export const DAY_SOURCES = ['WEEK', 'HOLIDAY', 'OPERATOR'] as const;
export type DaySource = (typeof DAY_SOURCES)[number];
const MAX_CORRECTIONS = 366;

export class YearQuery {
  @ApiPropertyOptional({ minimum: 2000, maximum: 2999, description: 'Default: the current year in Almaty' })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(2000)
  @Max(2999)
  year?: number;
}

export class WorkingDayDto {
  @ApiProperty({ format: 'date', example: '2026-03-09' })
  date!: string;

  @ApiProperty({ example: false })
  working!: boolean;

  @ApiNullable(String, 'Международный женский день (перенос)') name!: string | null;

  @ApiProperty({
    enum: DAY_SOURCES,
    example: 'HOLIDAY',
    description: 'The week, a public holiday, or an operator’s correction, which takes precedence',
  })
  source!: DaySource;
}

export class WorkingDayListDto {
  @ApiProperty({ type: [WorkingDayDto] })
  items!: WorkingDayDto[];
}

export class DayCorrectionDto {
  @BodyDate('2026-08-31') date!: string;

  @ApiProperty({ example: false })
  @IsBoolean()
  working!: boolean;

  @ApiPropertyOptional({ type: String, nullable: true, example: 'День Конституции (перенос)', maxLength: 100 })
  @IsOptional()
  @IsSearchText(100)
  name?: string | null;
}

export class DayCorrectionListDto {
  @ApiProperty({
    type: [DayCorrectionDto],
    example: [{ date: '2026-08-31', working: false, name: 'День Конституции (перенос)' }],
    description: 'Days that are not listed do not change',
  })
  @IsArray()
  @ArrayMaxSize(MAX_CORRECTIONS)
  @IsObject({ each: true })
  @ValidateNested({ each: true })
  @Type(() => DayCorrectionDto)
  items!: DayCorrectionDto[];
}

export function correctionIn({ date, working, name }: DayCorrectionDto, index: number): DayCorrection {
  return { day: dayIn(date, `items.${index}.date`), working, name: name ?? null };
}

export function workingDayDto(day: BusinessDay, calendar: WorkingDays): WorkingDayDto {
  const source = calendar.specialDay(day)?.source ?? 'WEEK';
  return { date: day, working: calendar.isWorking(day), name: calendar.nameOf(day), source };
}
