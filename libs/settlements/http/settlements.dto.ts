import { addDays, type BusinessDay, businessDayOf, DomainError, daysOf, formatTiyn, Money } from '@mpp/kernel';
import { dayIn, IsSearchText } from '@mpp/platform';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, IsString, Matches } from 'class-validator';
import {
  agrees,
  type DaySums,
  outstanding,
  owed,
  type SettledDay,
  type Settlement,
  settled,
} from '../domain/settlement.js';

const MAX_DAYS = 31;
const DEFAULT_DAYS = 7;
const SIGNED = /^-?\d{1,16}(\.\d{1,2})?$/;
const EXAMPLE_DAY = '2026-03-10';

export class SettlementsQuery {
  @ApiPropertyOptional({
    format: 'date',
    description: `The first day; without it, ${DEFAULT_DAYS} days up to the last`,
  })
  @IsOptional()
  @IsString()
  from?: string;

  @ApiPropertyOptional({ format: 'date', description: `The last day, itself included; at most ${MAX_DAYS} in all` })
  @IsOptional()
  @IsString()
  to?: string;
}

export class SettlementRequestDto {
  @ApiProperty({
    example: '20180.00',
    description: 'What we paid Kaspi; with a minus what Kaspi paid us, where a day’s refunds exceed its payments',
  })
  @IsString()
  @Matches(SIGNED)
  amount!: string;

  @ApiProperty({
    example: 'bank-transfer-4711',
    minLength: 1,
    maxLength: 128,
    description: 'The bank’s reference: each is booked once, and repeated it changes nothing',
  })
  @IsSearchText(128)
  reference!: string;
}

export class SumDto {
  @ApiProperty({ example: 3 })
  count!: number;

  @ApiProperty({ example: '20180.00' })
  amount!: string;
}

export class RegistryOfDayDto {
  @ApiProperty({ example: '019b1f7e-4a31-7c3f-9a55-0d7a9c1b2e44' })
  registryId!: string;

  @ApiProperty({ type: SumDto })
  payments!: SumDto;

  @ApiProperty({ type: SumDto })
  refunds!: SumDto;
}

export class SettlementDto {
  @ApiProperty({ example: '019b1f7e-4a31-7c3f-9a55-0d7a9c1b2e44' })
  id!: string;

  @ApiProperty({ example: 'bank-transfer-4711', description: 'The journal has its entries under it' })
  reference!: string;

  @ApiProperty({ example: '20180.00' })
  amount!: string;

  @ApiProperty({ example: '0.00', description: 'Refunds that were taken off with it' })
  refundsTakenOff!: string;

  @ApiProperty({ example: '20180.00', description: 'What of it stands in the journal: 0.00 where it was corrected' })
  standing!: string;

  @ApiProperty({ example: 'aigerim' })
  settledBy!: string;

  @ApiProperty({ type: Date, example: '2026-03-11T06:00:00.000Z' })
  settledAt!: Date;
}

export class SettledDayDto {
  @ApiProperty({ example: EXAMPLE_DAY, format: 'date', description: 'By the calendar of Almaty' })
  date!: string;

  @ApiProperty({ type: SumDto, description: 'By our books: what was debited on this day and is confirmed' })
  payments!: SumDto;

  @ApiProperty({ type: SumDto, description: 'Taken in on this day' })
  refunds!: SumDto;

  @ApiProperty({ example: '20180.00', description: 'Payments less refunds, fees apart; below zero Kaspi owes us' })
  owed!: string;

  @ApiProperty({
    type: RegistryOfDayDto,
    nullable: true,
    description: 'What Kaspi confirms by the newest daily registry that covers the day; null where none does',
  })
  registry!: RegistryOfDayDto | null;

  @ApiProperty({ type: Boolean, nullable: true, example: true, description: 'Whether it agrees with our books' })
  agrees!: boolean | null;

  @ApiProperty({ example: '0.00' })
  settled!: string;

  @ApiProperty({ example: '20180.00' })
  outstanding!: string;

  @ApiProperty({ type: [SettlementDto], description: 'The oldest first' })
  settlements!: SettlementDto[];
}

export class SettledDaysDto {
  @ApiProperty({ type: [SettledDayDto], description: 'Every day of the period' })
  items!: SettledDayDto[];
}

/** VALIDATION_FAILED for what is no day, for a period that ends before it begins, and for one that is too long. */
export function daysAsked({ from, to }: SettlementsQuery, now: Date): BusinessDay[] {
  const last = to === undefined ? businessDayOf(now) : dayIn(to, 'to');
  const first = from === undefined ? addDays(last, 1 - DEFAULT_DAYS) : dayIn(from, 'from');
  if (first > last) throw invalid('from', 'не позже чем to', 'to мәнінен кеш емес');
  if (addDays(first, MAX_DAYS) <= last) throw invalid('to', `не больше ${MAX_DAYS} дней`, `${MAX_DAYS} күннен аспайды`);
  return daysOf({ from: first, to: last });
}

function invalid(field: string, ru: string, kk: string): DomainError {
  return new DomainError('VALIDATION_FAILED', { errors: [{ field, message: { ru, kk } }] });
}

/** In tiyn. AMOUNT_INVALID beyond what an amount can be. */
export function signedAmount(text: string): bigint {
  const size = Money.parse(text.replace('-', '')).tiyn;
  return text.startsWith('-') ? -size : size;
}

export function settledDayDto(day: SettledDay): SettledDayDto {
  return {
    date: day.day,
    ...sumsDto(day),
    owed: formatTiyn(owed(day)),
    registry: day.registry && { registryId: day.registry.id, ...sumsDto(day.registry) },
    agrees: agrees(day),
    settled: formatTiyn(settled(day)),
    outstanding: formatTiyn(outstanding(day)),
    settlements: day.settlements.map(settlementDto),
  };
}

function sumsDto({ payments, refunds }: DaySums): { payments: SumDto; refunds: SumDto } {
  const sum = ({ count, amount }: DaySums['payments']) => ({ count, amount: formatTiyn(amount) });
  return { payments: sum(payments), refunds: sum(refunds) };
}

function settlementDto({ id, reference, amount, netted, standing, settledBy, settledAt }: Settlement): SettlementDto {
  return {
    ...{ id, reference, settledBy, settledAt },
    amount: formatTiyn(amount),
    refundsTakenOff: formatTiyn(netted),
    standing: formatTiyn(standing.amount),
  };
}
