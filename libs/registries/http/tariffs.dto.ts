import { ApiNullable, BodyDate, dayIn } from '@mpp/platform';
import { ApiProperty } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsIn,
  IsObject,
  IsString,
  Matches,
  ValidateBy,
  ValidateIf,
  ValidateNested,
} from 'class-validator';
import { formatPercent, parsePercent, TARIFF_SERVICES, type Tariff, type TariffService } from '../domain/tariff.js';

/** Visible characters without blanks, as Kaspi writes MCCs (R29). */
const MCC = /^[^\p{C}\p{Z}]{1,32}$/u;
const MAX_TARIFFS = 5000;

/** A percentage as text like 0.50, from 0 to 100 with at most 4 decimals. */
function IsPercent(): PropertyDecorator {
  return ValidateBy({
    name: 'isPercent',
    validator: {
      validate: (value: unknown) => typeof value === 'string' && parsePercent(value) !== null,
      defaultMessage: () => '$property must be a percentage like 0.50',
    },
  });
}

export class TariffDto {
  @ApiNullable(String, '8021', 'null: all MCCs without a tariff of their own')
  @ValidateIf(({ mcc }: { mcc: unknown }) => mcc !== null)
  @IsString()
  @Matches(MCC)
  mcc!: string | null;

  @ApiProperty({
    enum: TARIFF_SERVICES,
    example: 'PAYMENT',
    description: 'PAYMENT: the payment service, of daily registries. SERVICE: “Сервис”, of monthly ones',
  })
  @IsIn(TARIFF_SERVICES)
  service!: TariffService;

  @ApiProperty({ example: '0.50', description: '0 to 100, at most 4 decimals' })
  @IsPercent()
  percent!: string;

  @BodyDate('2026-01-01', 'Valid until the next tariff of the same service and MCC') validFrom!: string;
}

export class TariffListDto {
  @ApiProperty({ type: [TariffDto], description: 'In order of service, MCC and time' })
  items!: TariffDto[];
}

export class NewTariffListDto {
  @ApiProperty({
    type: [TariffDto],
    example: [
      { mcc: null, service: 'PAYMENT', percent: '0.50', validFrom: '2026-01-01' },
      { mcc: '8021', service: 'PAYMENT', percent: '0.30', validFrom: '2026-01-01' },
      { mcc: null, service: 'SERVICE', percent: '0.20', validFrom: '2026-01-01' },
    ],
    description: 'The whole list: tariffs that are not in it end',
  })
  @IsArray()
  @ArrayMaxSize(MAX_TARIFFS)
  @IsObject({ each: true })
  @ValidateNested({ each: true })
  @Type(() => TariffDto)
  items!: TariffDto[];
}

export function tariffIn({ mcc, service, percent, validFrom }: TariffDto, index: number): Tariff {
  const rate = parsePercent(percent);
  if (rate === null) throw new RangeError(percent);
  return { mcc, service, rate, validFrom: dayIn(validFrom, `items.${index}.validFrom`) };
}

export function tariffDto({ mcc, service, rate, validFrom }: Tariff): TariffDto {
  return { mcc, service, percent: formatPercent(rate), validFrom };
}
