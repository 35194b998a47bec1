import { CurrentOperator, ForTeams, type Operator } from '@mpp/access';
import { Settings } from '@mpp/config';
import { DomainError, type Locale, UUID } from '@mpp/kernel';
import {
  ApiProblems,
  CallerLocale,
  Downloads,
  decodeCursor,
  PageQuery,
  pageOf,
  ServesFile,
  TakesFile,
  withUpload,
} from '@mpp/platform';
import { XLSX_MEDIA_TYPE } from '@mpp/spreadsheet';
import { Controller, Get, HttpCode, Param, Post, Query, Req, Res, type StreamableFile } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { RegistryIntake } from '../inbox/intake.service.js';
import { Discrepancies } from '../matching/discrepancies.service.js';
import { Registries } from '../registries.service.js';
import { DiscrepancyPageDto, DiscrepancyQuery, discrepancyPage } from './discrepancies.dto.js';
import {
  EXAMPLE_REGISTRY_ID,
  ReceivedDto,
  RegistryDto,
  RegistryPageDto,
  RegistryQuery,
  RowErrorPageDto,
  registryDto,
  rowErrorDto,
} from './registries.dto.js';

const RegistryIdParam = () => ApiParam({ name: 'id', example: EXAMPLE_REGISTRY_ID });

/** Accounting's calls about Kaspi's registries. */
@ApiTags('Registries')
@ForTeams('accounting')
@Controller('ops/v1/registries')
export class RegistriesController {
  constructor(
    private readonly intake: RegistryIntake,
    private readonly registries: Registries,
    private readonly discrepancies: Discrepancies,
    private readonly downloads: Downloads,
    private readonly settings: Settings,
  ) {}

  @Post()
  @TakesFile()
  @ApiOperation({
    summary: 'Upload a registry of Kaspi: an .xlsx file, daily or monthly',
    description:
      'It is read and compared in the background. The same content is the same registry, and changes nothing.',
  })
  @ApiAcceptedResponse({ type: ReceivedDto })
  @ApiOkResponse({ type: ReceivedDto, description: 'The content is known; the id of its registry' })
  @ApiProblems('VALIDATION_FAILED', 'UNSUPPORTED_MEDIA_TYPE', 'PAYLOAD_TOO_LARGE')
  async uploadRegistry(
    @Req() request: FastifyRequest,
    @CurrentOperator() operator: Operator,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ReceivedDto> {
    const { id, known } = await withUpload(request, this.settings.REGISTRY_MAX_BYTES, (file) =>
      this.intake.receiveFile({ ...file, source: 'UPLOAD', from: operator.name }),
    );
    reply.status(known ? 200 : 202);
    return { id };
  }

  @Get()
  @ApiOperation({ summary: 'Registries, newest first' })
  @ApiOkResponse({ type: RegistryPageDto })
  @ApiProblems('VALIDATION_FAILED')
  async listRegistries(
    @Query() { status, kind, limit, cursor }: RegistryQuery,
    @CallerLocale() locale: Locale,
  ): Promise<RegistryPageDto> {
    const registries = await this.registries.listRegistries({ status, kind }, limit + 1, decodeCursor(cursor, 'uuid'));
    return pageOf(
      registries,
      limit,
      ({ receivedAt: at, id }) => ({ at, id }),
      (registry) => registryDto(registry, locale),
    );
  }

  @Get(':id')
  @ApiOperation({ summary: 'One registry with its progress or result' })
  @RegistryIdParam()
  @ApiOkResponse({ type: RegistryDto })
  @ApiProblems('NOT_FOUND')
  async readRegistry(@Param('id') id: string, @CallerLocale() locale: Locale): Promise<RegistryDto> {
    return registryDto(await this.registries.readRegistry(registryIdIn(id)), locale);
  }

  @Get(':id/file')
  @ApiOperation({ summary: 'The file as it was received' })
  @RegistryIdParam()
  @ServesFile(XLSX_MEDIA_TYPE, 'An .xlsx file')
  @ApiProblems('NOT_FOUND')
  async readFile(@Param('id') id: string, @Res({ passthrough: true }) reply: FastifyReply): Promise<StreamableFile> {
    const { name, content } = await this.registries.readFile(registryIdIn(id));
    const disposition = `attachment; filename="registry.xlsx"; filename*=UTF-8''${encodeURIComponent(name)}`;
    return this.downloads.serveFile(reply, { type: XLSX_MEDIA_TYPE, disposition }, ({ write }) => write(content));
  }

  @Get(':id/row-errors')
  @ApiOperation({ summary: 'Cells that cannot be read, in the order of the rows' })
  @RegistryIdParam()
  @ApiOkResponse({ type: RowErrorPageDto })
  @ApiProblems('VALIDATION_FAILED', 'NOT_FOUND')
  async listRowErrors(
    @Param('id') id: string,
    @Query() { limit, cursor }: PageQuery,
    @CallerLocale() locale: Locale,
  ): Promise<RowErrorPageDto> {
    const after = decodeCursor(cursor, 'number');
    const errors = await this.registries.listRowErrors(registryIdIn(id), limit + 1, after?.id ?? null);
    return pageOf(
      errors,
      limit,
      (error) => ({ at: new Date(0), id: error.id }),
      (error) => rowErrorDto(error, locale),
    );
  }

  @Get(':id/discrepancies')
  @ApiOperation({ summary: 'Discrepancies between the registry and the books' })
  @RegistryIdParam()
  @ApiOkResponse({ type: DiscrepancyPageDto })
  @ApiProblems('VALIDATION_FAILED', 'NOT_FOUND')
  async listDiscrepancies(
    @Param('id') id: string,
    @Query() { status, kind, limit, cursor }: DiscrepancyQuery,
  ): Promise<DiscrepancyPageDto> {
    const { id: registryId } = await this.registries.readRegistry(registryIdIn(id));
    return discrepancyPage(this.discrepancies, { registryId, status, kind }, limit, cursor);
  }

  @Post(':id/accept')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Accept a registry: its fee is posted to the ledger, once',
    description:
      'Open discrepancies stay open. 409 if it is PROCESSING or FAILED, if rows cannot be read, and if another registry is ' +
      'accepted for one of its days.',
  })
  @RegistryIdParam()
  @ApiOkResponse({ type: RegistryDto })
  @ApiProblems('NOT_FOUND', 'STATE_CONFLICT')
  async acceptRegistry(
    @Param('id') id: string,
    @CurrentOperator() operator: Operator,
    @CallerLocale() locale: Locale,
  ): Promise<RegistryDto> {
    return registryDto(await this.registries.acceptRegistry(registryIdIn(id), operator.name), locale);
  }
}

function registryIdIn(id: string): string {
  if (!UUID.test(id)) throw new DomainError('NOT_FOUND');
  return id.toLowerCase();
}
