import { type CustomerId, customerId, DomainError } from '@mpp/kernel';
import { ApiProblems } from '@mpp/platform';
import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiCreatedResponse, ApiOperation, ApiProperty, ApiPropertyOptional, ApiTags } from '@nestjs/swagger';
import { IsArray, IsIn, IsOptional, IsString, Length, Matches } from 'class-validator';
import { NAME, NAME_LENGTH, ROLES, type Role } from '../domain/caller.js';
import { DEVELOPMENT_NAME, DevelopmentIssuer } from '../tokens/development-issuer.js';

export class DevelopmentTokenRequestDto {
  @ApiPropertyOptional({ example: '900900000001', maxLength: 12, description: 'Токен покупателя / a customer’s token' })
  @IsOptional()
  @IsString()
  @Length(1, 12)
  customerId?: string;

  @ApiPropertyOptional({ enum: ROLES, isArray: true, description: 'Токен сотрудника / a team member’s token' })
  @IsOptional()
  @IsArray()
  @IsIn(ROLES, { each: true })
  roles?: Role[];

  @ApiPropertyOptional({
    maxLength: NAME_LENGTH,
    default: DEVELOPMENT_NAME,
    description:
      'Под этим именем действия сотрудника видны в журнале аудита / the audit trail shows their actions under it',
  })
  @IsOptional()
  @IsString()
  @Length(1, NAME_LENGTH)
  @Matches(NAME)
  name?: string;
}

export class DevelopmentTokenDto {
  @ApiProperty({ example: 'eyJhbGciOiJFUzI1NiIsImtpZCI6ImRldmVsb3BtZW50In0…' })
  token!: string;
}

/** Issues a token for any customer or team member. Registered only if the development issuer is available. */
@ApiTags('Development')
@Controller('dev')
export class DevelopmentController {
  constructor(private readonly issuer: DevelopmentIssuer) {}

  @Post('token')
  @HttpCode(201)
  @ApiOperation({ summary: 'Токен для первого запуска / a token for the first run' })
  @ApiCreatedResponse({ type: DevelopmentTokenDto })
  @ApiProblems('VALIDATION_FAILED')
  async token(@Body() request: DevelopmentTokenRequestDto): Promise<DevelopmentTokenDto> {
    const customer: CustomerId | null = request.customerId === undefined ? null : customerId(request.customerId);
    const roles = request.roles ?? [];
    if (customer === null && roles.length === 0) {
      const message = { ru: 'укажите customerId или roles', kk: 'customerId не roles көрсетіңіз' };
      throw new DomainError('VALIDATION_FAILED', { errors: [{ field: 'customerId', message }] });
    }
    const name = request.name ?? DEVELOPMENT_NAME;
    return { token: await this.issuer.issue({ name, customerId: customer, roles }) };
  }
}
