import { CurrentOperator, ForTeams, type Operator } from '@mpp/access';
import { ApiProblems, decodeCursor, pageOf } from '@mpp/platform';
import { Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { Deliveries } from '../deliveries.service.js';
import {
  NotificationDetailsDto,
  NotificationDto,
  NotificationQuery,
  NotificationsPageDto,
  notificationDetailsDto,
  notificationDto,
} from './notifications.dto.js';

const ID = { name: 'id', example: '019b1f7e-5b42-7d40-8b66-1e8bad2c3f55', description: 'The notification’s id' };

/** What the participant's gateway is told, and whether it was. */
@ApiTags('Notifications')
@Controller('ops/v1/notifications')
export class NotificationsController {
  constructor(private readonly deliveries: Deliveries) {}

  @Get()
  @ForTeams('support', 'operations')
  @ApiOperation({ summary: 'Notifications that wait, were delivered or were given up; newest first' })
  @ApiOkResponse({ type: NotificationsPageDto })
  @ApiProblems('VALIDATION_FAILED')
  async list(@Query() query: NotificationQuery): Promise<NotificationsPageDto> {
    const { limit, cursor, ...filter } = query;
    const notifications = await this.deliveries.list(filter, limit + 1, decodeCursor(cursor, 'uuid'));
    return pageOf(notifications, limit, ({ createdAt: at, id }) => ({ at, id }), notificationDto);
  }

  @Get(':id')
  @ForTeams('support', 'operations')
  @ApiOperation({ summary: 'A notification: what is sent, and every attempt' })
  @ApiParam(ID)
  @ApiOkResponse({ type: NotificationDetailsDto })
  @ApiProblems('NOT_FOUND')
  async one(@Param('id') id: string): Promise<NotificationDetailsDto> {
    return notificationDetailsDto(await this.deliveries.story(id));
  }

  @Post(':id/resend')
  @HttpCode(200)
  @ForTeams('operations')
  @ApiOperation({
    summary: 'Have a notification sent now, or sent again',
    description:
      'As soon as any process has room, with the same webhook-id and the same body, also one that was delivered or given ' +
      'up; the time to give up counts anew. One that is being attempted at this moment is left alone. 409 where no gateway is set.',
  })
  @ApiParam(ID)
  @ApiOkResponse({ type: NotificationDto, description: 'As it is now' })
  @ApiProblems('NOT_FOUND', 'STATE_CONFLICT')
  async resend(@Param('id') id: string, @CurrentOperator() operator: Operator): Promise<NotificationDto> {
    return notificationDto(await this.deliveries.resend(id, operator.name));
  }
}
