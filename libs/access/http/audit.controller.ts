import { ApiProblems, decodeCursor, pageOf } from '@mpp/platform';
import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { AuditTrail } from '../audit/audit-trail.js';
import type { AuditEntry } from '../domain/audit.js';
import { type AuditEntryDto, AuditPageDto, AuditQuery } from './audit.dto.js';
import { ForTeams } from './guards.js';

/** The audit trail, for admins only. */
@ApiTags('Audit')
@ForTeams()
@Controller('ops/v1/audit')
export class AuditController {
  constructor(private readonly trail: AuditTrail) {}

  @Get()
  @ApiOperation({ summary: 'The recorded actions of operators, newest first' })
  @ApiOkResponse({ type: AuditPageDto })
  @ApiProblems('VALIDATION_FAILED')
  async listActions(@Query() query: AuditQuery): Promise<AuditPageDto> {
    const entries = await this.trail.listActions(query, query.limit + 1, decodeCursor(query.cursor, 'number'));
    return pageOf(entries, query.limit, ({ at, id }) => ({ at, id }), entryDto);
  }
}

function entryDto({ id, at, actor, action, subject, customerId, reason, details }: AuditEntry): AuditEntryDto {
  return { id, at, actor, action, subject, customerId, reason, details };
}
