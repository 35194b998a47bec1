import { ApiProperty } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { ArrayMaxSize, IsArray, IsInt, IsObject, IsString, Matches, Min, ValidateNested } from 'class-validator';
import { MAX_VALUE_CHARACTERS } from '../domain/filling.js';

export class FilledParameterDto {
  @ApiProperty({ example: 3932 })
  @IsInt()
  @Min(0)
  id!: number;

  @ApiProperty({
    example: '547RBA02',
    maxLength: MAX_VALUE_CHARACTERS,
    description: 'Введённое значение или key выбранного варианта / what was entered, or the chosen option’s key',
  })
  @IsString()
  @Matches(/^[^\p{Cc}]*$/u)
  value!: string;
}

export class CheckoutRequestDto {
  @ApiProperty({
    type: [FilledParameterDto],
    example: [{ id: 3932, value: '547RBA02' }],
    description: 'Все незаполненные поля / every parameter that has no value yet; those that have one may be left out',
  })
  @IsArray()
  @ArrayMaxSize(200)
  @IsObject({ each: true })
  @ValidateNested({ each: true })
  @Type(() => FilledParameterDto)
  parameters!: FilledParameterDto[];
}
