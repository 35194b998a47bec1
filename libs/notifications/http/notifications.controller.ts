import { CurrentOperator, ForTeams, type Operator } from '@mpp/access';
import { ApiProblems, decodeCursor, pageOf } from '@mpp/platform';
import { Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { Deliveries } from '../deliveries.service.js';
import {
  NotificationDetailsDto,
  NotificationDto,
  NotificationPageDto,
  NotificationQuery,
  notificationDetailsDto,
  notificationDto,
} from './notifications.dto.js';

const ID = { name: 'id', example: '019b1f7e-5b42-7d40-8b66-1e8bad2c3f55', description: 'The notification’s id' };

/** Events for the participant's gateway and their delivery. */
@ApiTags('Notifications')
@Controller('ops/v1/notifications')
export class NotificationsController {
  constructor(private readonly deliveries: Deliveries) {}

  @Get()
  @ForTeams('support', 'operations')
  @ApiOperation({ summary: 'Pending, delivered and given up notifications, newest first' })
  @ApiOkResponse({ type: NotificationPageDto })
  @ApiProblems('VALIDATION_FAILED')
  async listNotifications(@Query() query: NotificationQuery): Promise<NotificationPageDto> {
    const { limit, cursor, ...filter } = query;
    const notifications = await this.deliveries.listNotifications(filter, limit + 1, decodeCursor(cursor, 'uuid'));
    return pageOf(notifications, limit, ({ createdAt: at, id }) => ({ at, id }), notificationDto);
  }

  @Get(':id')
  @ForTeams('support', 'operations')
  @ApiOperation({ summary: 'One notification with its body and every attempt' })
  @ApiParam(ID)
  @ApiOkResponse({ type: NotificationDetailsDto })
  @ApiProblems('NOT_FOUND')
  async readNotification(@Param('id') id: string): Promise<NotificationDetailsDto> {
    return notificationDetailsDto(await this.deliveries.readDetails(id));
  }

  @Post(':id/resend')
  @HttpCode(200)
  @ForTeams('operations')
  @ApiOperation({
    summary: 'Send a notification now, or once more',
    description:
      'Due at once, with the same webhook-id and body, also if it was delivered or given up; the time to give up starts ' +
      'again. An attempt that is under way is left alone. 409 if no gateway is set.',
  })
  @ApiParam(ID)
  @ApiOkResponse({ type: NotificationDto, description: 'The notification as it is now' })
  @ApiProblems('NOT_FOUND', 'STATE_CONFLICT')
  async resendNotification(@Param('id') id: string, @CurrentOperator() operator: Operator): Promise<NotificationDto> {
    return notificationDto(await this.deliveries.resendNotification(id, operator.name));
  }
}
