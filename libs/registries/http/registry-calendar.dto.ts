import { ApiNullable, pick } from '@mpp/platform';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, IsString } from 'class-validator';
import type { CalendarMonth } from '../expected/registry-calendar.service.js';

export class MonthQuery {
  @ApiPropertyOptional({ description: 'For example 2026-03; default: the current month in Almaty' })
  @IsOptional()
  @IsString()
  month?: string;
}

export class CalendarDayDto {
  @ApiProperty({ format: 'date', example: '2026-03-09' })
  date!: string;

  @ApiProperty({ example: false, description: 'Kaspi sends a daily registry on working days' })
  working!: boolean;

  @ApiNullable(String, 'Международный женский день (перенос)') name!: string | null;

  @ApiProperty({ type: Date, example: '2026-03-10T07:00:00.000Z', description: 'When the registry of this day is due' })
  due!: Date;

  @ApiProperty({ type: [String], example: [], description: 'Ids of the daily registries that cover it, oldest first' })
  daily!: string[];

  @ApiProperty({ example: false, description: 'Whether a daily registry covers it' })
  covered!: boolean;
}

export class MonthlyRegistriesDto {
  @ApiProperty({ type: Date, example: '2026-04-01T07:00:00.000Z', description: 'When it is due' })
  due!: Date;

  @ApiProperty({
    type: [String],
    example: [],
    description: 'Ids of the monthly registries that cover a day of the month',
  })
  registries!: string[];

  @ApiProperty({ example: false, description: 'Whether they cover the whole month' })
  covered!: boolean;

  @ApiProperty({ example: false, description: 'It is due and was not received' })
  missing!: boolean;
}

export class RegistryCalendarDto {
  @ApiProperty({ example: '2026-03' })
  month!: string;

  @ApiProperty({ type: [CalendarDayDto] })
  days!: CalendarDayDto[];

  @ApiProperty({ type: MonthlyRegistriesDto })
  monthly!: MonthlyRegistriesDto;

  @ApiProperty({
    type: [String],
    example: ['2026-03-04'],
    description: 'Days since the first payment whose daily registry is due and was not received',
  })
  gaps!: string[];
}

export function registryCalendarDto({ month, days, monthly }: CalendarMonth): RegistryCalendarDto {
  const { dueAt, registries, covered, missing } = monthly;
  return {
    month: month.from.slice(0, 7),
    days: days.map(({ day, dueAt: due, registries: daily, ...coverage }) => ({
      ...pick(coverage, 'working', 'name', 'covered'),
      date: day,
      due,
      daily: [...daily],
    })),
    monthly: { due: dueAt, registries: [...registries], covered, missing },
    gaps: days.filter((day) => day.missing).map(({ day }) => day),
  };
}
