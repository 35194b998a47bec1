import { CurrentOperator, ForTeams, type Operator } from '@mpp/access';
import { ApiProblems } from '@mpp/platform';
import { Body, Controller, Get, Put } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Tariffs } from '../fees/tariffs.service.js';
import { NewTariffListDto, TariffListDto, tariffDto, tariffIn } from './tariffs.dto.js';

@ApiTags('Registries')
@ForTeams('accounting')
@Controller('ops/v1/tariffs')
export class TariffsController {
  constructor(private readonly tariffs: Tariffs) {}

  @Get()
  @ApiOperation({ summary: 'By what the fees of registries are checked' })
  @ApiOkResponse({ type: TariffListDto })
  async list(): Promise<TariffListDto> {
    return { items: (await this.tariffs.list()).map(tariffDto) };
  }

  @Put()
  @ApiOperation({
    summary: 'Replace the whole list',
    description: 'What it replaces is kept; the audit trail names it.',
  })
  @ApiOkResponse({ type: TariffListDto, description: 'The list as it is now' })
  @ApiProblems('VALIDATION_FAILED')
  async replace(@Body() { items }: NewTariffListDto, @CurrentOperator() operator: Operator): Promise<TariffListDto> {
    return { items: (await this.tariffs.replace(items.map(tariffIn), operator.name)).map(tariffDto) };
  }
}
