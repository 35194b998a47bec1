import { HttpModule } from '@nestjs/axios';
import { Module } from '@nestjs/common';
import { Deliveries } from './deliveries.service.js';
import { Gateway } from './gateway.js';
import { NotificationsController } from './http/notifications.controller.js';
import { NotificationHandler } from './notification.handler.js';
import { NotificationMetrics } from './notification-metrics.js';
import { Notifications } from './notifications.service.js';

const SERVICES = [Notifications, Deliveries];

/** Events to the participant's gateway. */
@Module({
  imports: [HttpModule],
  providers: [...SERVICES, NotificationHandler, NotificationMetrics, Gateway],
  exports: SERVICES,
})
export class NotificationsModule {}

/** The calls of the operator API that are about notifications. */
@Module({ imports: [NotificationsModule], controllers: [NotificationsController] })
export class NotificationsHttpModule {}
