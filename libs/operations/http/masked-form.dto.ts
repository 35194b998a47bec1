import { type FormValue, type ServiceForm, ServiceOptionDto } from '@mpp/qr-payments';
import { ApiProperty } from '@nestjs/swagger';

export class MaskedParameterDto {
  @ApiProperty({ example: 3932 })
  id!: number;

  @ApiProperty({ example: 'Госномер' })
  name!: string;

  @ApiProperty({ type: String, nullable: true, example: '*****', description: 'Masked; null where there is none yet' })
  value!: string | null;

  @ApiProperty({ type: [ServiceOptionDto] })
  options!: readonly ServiceOptionDto[];
}

export class MaskedFormDto {
  @ApiProperty({ example: 2862 })
  id!: number;

  @ApiProperty({ example: 'Парковка' })
  name!: string;

  @ApiProperty({ type: [MaskedParameterDto] })
  parameters!: MaskedParameterDto[];
}

const MASK = '*****';

/**
 * The form as it was filled in, without what with: a car's number or a contract's says who the customer is, whoever
 * filled it in, and nobody needs it to find out what became of a payment.
 */
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
