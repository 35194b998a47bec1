import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, IsString } from 'class-validator';
import type { CalendarMonth } from '../expected/registry-calendar.service.js';

export class MonthQuery {
  @ApiPropertyOptional({ description: 'Like 2026-03; without it, the month that it is in Almaty' })
  @IsOptional()
  @IsString()
  month?: string;
}

export class CalendarDayDto {
  @ApiProperty({ format: 'date', example: '2026-03-09' })
  date!: string;

  @ApiProperty({ example: false, description: 'A daily registry comes on working days' })
  working!: boolean;

  @ApiProperty({ type: String, nullable: true, example: 'Международный женский день (перенос)' })
  name!: string | null;

  @ApiProperty({ type: Date, example: '2026-03-10T07:00:00.000Z', description: 'When the registry about it is due' })
  due!: Date;

  @ApiProperty({ type: [String], example: [], description: 'Ids of the daily registries about it, the oldest first' })
  daily!: string[];

  @ApiProperty({ example: false, description: 'Whether there is one' })
  covered!: boolean;
}

export class MonthlyRegistriesDto {
  @ApiProperty({ type: Date, example: '2026-04-01T07:00:00.000Z', description: 'When it is due' })
  due!: Date;

  @ApiProperty({ type: [String], example: [], description: 'Ids of the monthly registries about the month' })
  registries!: string[];

  @ApiProperty({ example: false, description: 'Whether they are about the whole of it' })
  covered!: boolean;

  @ApiProperty({ example: false, description: 'It is due and not here' })
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
    description: 'Days since the first payment whose daily registry is due and not here',
  })
  gaps!: string[];
}

export function registryCalendarDto({ month, days, monthly }: CalendarMonth): RegistryCalendarDto {
  const { dueAt, registries, covered, missing } = monthly;
  return {
    month: month.from.slice(0, 7),
    days: days.map((one) => ({
      date: one.day,
      working: one.working,
      name: one.name,
      due: one.dueAt,
      daily: [...one.registries],
      covered: one.covered,
    })),
    monthly: { due: dueAt, registries: [...registries], covered, missing },
    gaps: days.filter((one) => one.missing).map(({ day }) => day),
  };
}
