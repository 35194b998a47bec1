import { ApiNullable } from '@mpp/platform';
import { type FormValue, type ServiceForm, ServiceOptionDto } from '@mpp/qr-payments';
import { ApiProperty } from '@nestjs/swagger';

export class MaskedParameterDto {
  @ApiProperty({ example: 3932 }) id!: number;
  @ApiProperty({ example: 'Госномер' }) name!: string;
  @ApiNullable(String, '*****', 'Masked; null if not filled in') value!: string | null;
  @ApiProperty({ type: [ServiceOptionDto] }) options!: readonly ServiceOptionDto[];
}

export class MaskedFormDto {
  @ApiProperty({ example: 2862 }) id!: number;
  @ApiProperty({ example: 'Парковка' }) name!: string;
  @ApiProperty({ type: [MaskedParameterDto] }) parameters!: MaskedParameterDto[];
}

const MASK = '*****';

/** The form with its values masked: a car's or contract's number identifies the customer. */
export function maskedFormDto(
  { id, name, parameters }: ServiceForm,
  values: readonly FormValue[] | null,
): MaskedFormDto {
  const filledIn = new Set(values?.map((value) => value.id));
  return {
    id,
    name,
    parameters: parameters.map((parameter) => ({
      ...parameter,
      value: parameter.value !== null || filledIn.has(parameter.id) ? MASK : null,
    })),
  };
}
