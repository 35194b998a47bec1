import { DomainError, ERROR_CODES, type ErrorCode } from '@mpp/kernel';
import { applyDecorators } from '@nestjs/common';
import { ApiExtraModels, ApiProperty, ApiPropertyOptional, ApiResponse, getSchemaPath } from '@nestjs/swagger';
import { PROBLEMS, problemOf } from './problems.js';

export class FieldProblemDto {
  @ApiProperty({ example: 'qrCode' })
  field!: string;

  @ApiProperty({ example: 'не длиннее 128 символов' })
  message!: string;
}

export class ProblemDto {
  @ApiProperty({ example: 'urn:mpp:problem:not-found' })
  type!: string;

  @ApiProperty({ example: 'Не найдено' })
  title!: string;

  @ApiProperty({ example: 404 })
  status!: number;

  @ApiProperty({ example: 'Такого адреса или объекта нет.' })
  detail!: string;

  @ApiProperty({ enum: ERROR_CODES, example: 'NOT_FOUND', description: 'Stable; programs rely on it' })
  code!: ErrorCode;

  @ApiPropertyOptional({ example: 'EXPIRED_CODE', description: "The PS's own code, where the PS refused" })
  kaspiResultCode?: string;

  @ApiPropertyOptional({ type: [FieldProblemDto] })
  errors?: FieldProblemDto[];
}

/** Documents which problems a call can answer. */
export function ApiProblems(...codes: ErrorCode[]): MethodDecorator & ClassDecorator {
  const byStatus = Map.groupBy(codes, (code) => PROBLEMS[code].status);
  return applyDecorators(
    ApiExtraModels(ProblemDto),
    ...[...byStatus].map(([status, some]) =>
      ApiResponse({
        status,
        description: some.join(', '),
        content: {
          'application/problem+json': {
            schema: { $ref: getSchemaPath(ProblemDto) },
            examples: Object.fromEntries(some.map((code) => [code, { value: problemOf(new DomainError(code), 'ru') }])),
          },
        },
      }),
    ),
  );
}
