import { addDays, type BusinessDay, businessDayOf, DomainError, daysOf, formatTiyn, Money } from '@mpp/kernel';
import { ApiNullable, BodyText, dayIn, pick } from '@mpp/platform';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, IsString, Matches } from 'class-validator';
import {
  agreesWithRegistry,
  type DaySums,
  outstandingAmount,
  owedAmount,
  type SettledDay,
  type Settlement,
  settledAmount,
} from '../domain/settlement.js';

const MAX_DAYS = 31;
const DEFAULT_DAYS = 7;
const SIGNED = /^-?\d{1,16}(\.\d{1,2})?$/;
const EXAMPLE_DAY = '2026-03-10';

export class SettlementsQuery {
  @ApiPropertyOptional({
    format: 'date',
    description: `The first day; default: ${DEFAULT_DAYS} days in all`,
  })
  @IsOptional()
  @IsString()
  from?: string;

  @ApiPropertyOptional({
    format: 'date',
    description: `The last day, included; default: today; at most ${MAX_DAYS} days in all`,
  })
  @IsOptional()
  @IsString()
  to?: string;
}

export class SettlementRequestDto {
  @ApiProperty({
    example: '20180.00',
    description: 'What we paid Kaspi; negative: what Kaspi paid us, if the refunds exceed the payments',
  })
  @IsString()
  @Matches(SIGNED)
  amount!: string;

  @BodyText(128, 'bank-transfer-4711', 'The bank’s reference: each is booked once, and a repeat changes nothing')
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

  @ApiProperty({ example: 'bank-transfer-4711', description: 'The reference of its entries in the journal' })
  reference!: string;

  @ApiProperty({ example: '20180.00' })
  amount!: string;

  @ApiProperty({ example: '0.00', description: 'Refunds that were netted with it' })
  refundsTakenOff!: string;

  @ApiProperty({ example: '20180.00', description: 'Its amount in the journal: 0.00 after a correction' })
  standing!: string;

  @ApiProperty({ example: 'aigerim' })
  settledBy!: string;

  @ApiProperty({ type: Date, example: '2026-03-11T06:00:00.000Z' })
  settledAt!: Date;
}

export class SettledDayDto {
  @ApiProperty({ example: EXAMPLE_DAY, format: 'date', description: 'A business day (Almaty)' })
  date!: string;

  @ApiProperty({ type: SumDto, description: 'By our books: debited on this day and confirmed' })
  payments!: SumDto;

  @ApiProperty({ type: SumDto, description: 'Accepted on this day' })
  refunds!: SumDto;

  @ApiProperty({ example: '20180.00', description: 'Payments minus refunds, without fees; negative: Kaspi owes us' })
  owed!: string;

  @ApiProperty({
    type: RegistryOfDayDto,
    nullable: true,
    description: 'Confirmed operations of the newest daily registry that covers the day; null without one',
  })
  registry!: RegistryOfDayDto | null;

  @ApiNullable(Boolean, true, 'Whether the registry agrees with our books') agrees!: boolean | null;

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

/** Throws VALIDATION_FAILED for an invalid date, and for a period that is too long or ends before it begins. */
export function queriedDays({ from, to }: SettlementsQuery, now: Date): BusinessDay[] {
  const last = to === undefined ? businessDayOf(now) : dayIn(to, 'to');
  const first = from === undefined ? addDays(last, 1 - DEFAULT_DAYS) : dayIn(from, 'from');
  if (first > last) throw invalid('from', 'не позже чем to', 'to мәнінен кеш емес');
  if (addDays(first, MAX_DAYS) <= last) throw invalid('to', `не больше ${MAX_DAYS} дней`, `${MAX_DAYS} күннен аспайды`);
  return daysOf({ from: first, to: last });
}

function invalid(field: string, ru: string, kk: string): DomainError {
  return new DomainError('VALIDATION_FAILED', { errors: [{ field, message: { ru, kk } }] });
}

/** In tiyn. Throws AMOUNT_INVALID for an amount that is too large. */
export function signedAmount(text: string): bigint {
  const size = Money.parse(text.replace('-', '')).tiyn;
  return text.startsWith('-') ? -size : size;
}

export function settledDayDto(day: SettledDay): SettledDayDto {
  return {
    date: day.day,
    ...sumsDto(day),
    owed: formatTiyn(owedAmount(day)),
    registry: day.registry && { registryId: day.registry.id, ...sumsDto(day.registry) },
    agrees: agreesWithRegistry(day),
    settled: formatTiyn(settledAmount(day)),
    outstanding: formatTiyn(outstandingAmount(day)),
    settlements: day.settlements.map(settlementDto),
  };
}

function sumsDto({ payments, refunds }: DaySums): { payments: SumDto; refunds: SumDto } {
  const sumDto = ({ count, amount }: DaySums['payments']) => ({ count, amount: formatTiyn(amount) });
  return { payments: sumDto(payments), refunds: sumDto(refunds) };
}

function settlementDto(settlement: Settlement): SettlementDto {
  return {
    ...pick(settlement, 'id', 'reference', 'settledBy', 'settledAt'),
    amount: formatTiyn(settlement.amount),
    refundsTakenOff: formatTiyn(settlement.netted),
    standing: formatTiyn(settlement.amountInJournal),
  };
}
