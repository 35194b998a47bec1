import { HttpModule } from '@nestjs/axios';
import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Deliveries } from './deliveries.service.js';
import { Gateway } from './delivery/gateway.js';
import { NotificationHandler } from './delivery/notification.handler.js';
import { NotificationMetrics } from './delivery/notification-metrics.js';
import { NotificationsController } from './http/notifications.controller.js';
import { Notifications } from './notifications.service.js';
import { NotificationEntity } from './persistence/notification.entity.js';
import { NotificationAttemptEntity } from './persistence/notification-attempt.entity.js';
import { NotificationsRepository } from './persistence/notifications.repository.js';

const SERVICES = [Notifications, Deliveries];

/** Events to the participant's gateway. */
@Module({
  imports: [HttpModule, TypeOrmModule.forFeature([NotificationEntity, NotificationAttemptEntity])],
  providers: [...SERVICES, NotificationHandler, NotificationMetrics, NotificationsRepository, Gateway],
  exports: SERVICES,
})
export class NotificationsModule {}

/** The operator calls about notifications. */
@Module({ imports: [NotificationsModule], controllers: [NotificationsController] })
export class NotificationsHttpModule {}
