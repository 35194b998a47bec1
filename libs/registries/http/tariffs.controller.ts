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
  @ApiOperation({ summary: 'The tariffs by which the fees of registries are checked' })
  @ApiOkResponse({ type: TariffListDto })
  async listTariffs(): Promise<TariffListDto> {
    return { items: (await this.tariffs.listTariffs()).map(tariffDto) };
  }

  @Put()
  @ApiOperation({
    summary: 'Replace the whole list',
    description: 'Replaced tariffs are kept; the audit trail lists them.',
  })
  @ApiOkResponse({ type: TariffListDto, description: 'The new list' })
  @ApiProblems('VALIDATION_FAILED')
  async replaceTariffs(
    @Body() { items }: NewTariffListDto,
    @CurrentOperator() operator: Operator,
  ): Promise<TariffListDto> {
    return { items: (await this.tariffs.replaceTariffs(items.map(tariffIn), operator.name)).map(tariffDto) };
  }
}
