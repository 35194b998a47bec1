import { ApiMoment, ApiNullable, FilterOneOf, FilterText, PageQuery, PageType } from '@mpp/platform';
import { ApiProperty } from '@nestjs/swagger';
import type { NotificationDetails } from '../deliveries.service.js';
import { EVENT_TYPES, type EventType } from '../domain/event-types.js';
import {
  ATTEMPT_OUTCOMES,
  type Attempt,
  type AttemptOutcome,
  NOTIFICATION_STATUSES,
  type Notification,
  type NotificationStatus,
} from '../domain/notification.js';

export class NotificationQuery extends PageQuery {
  @FilterOneOf(NOTIFICATION_STATUSES, 'FAILED: given up') status?: NotificationStatus;
  @FilterOneOf(EVENT_TYPES, 'Only events of this type') type?: EventType;
  @FilterText(200, 'Only events of the payment or refund with this id') subject?: string;
  @FilterText(12, 'Only events of this customer') customerId?: string;
}

export class NotificationDto {
  @ApiProperty({ example: '019b1f7e-5b42-7d40-8b66-1e8bad2c3f55', description: 'The gateway’s webhook-id' })
  id!: string;

  @ApiProperty({ enum: EVENT_TYPES, example: 'payment.confirmed' }) type!: EventType;

  @ApiProperty({ example: '019b1f7e-4a31-7c3f-9a55-0d7a9c1b2e44', description: 'The payment’s or the refund’s id' })
  subject!: string;

  @ApiProperty({ example: '900900000001' }) customerId!: string;

  @ApiProperty({ enum: NOTIFICATION_STATUSES, example: 'DELIVERED', description: 'FAILED: given up' })
  status!: NotificationStatus;

  @ApiProperty({ example: 1, description: 'Includes the attempt that is under way' }) attempts!: number;
  @ApiNullable(String, null, 'Why the last attempt failed') lastError!: string | null;
  @ApiMoment() createdAt!: Date;

  @ApiNullable(Date, '2026-02-19T09:53:02.304Z', 'The latest delivery; a resend does not clear it')
  deliveredAt!: Date | null;

  @ApiNullable(Date, null, 'Null if no attempt is due') nextAttemptAt!: Date | null;
}

export class NotificationAttemptDto {
  @ApiProperty({ example: 1 }) attempt!: number;
  @ApiProperty({ type: Date, example: '2026-02-19T09:53:02.201Z' }) startedAt!: Date;

  @ApiNullable(
    Date,
    '2026-02-19T09:53:02.304Z',
    'Null while the attempt is under way, or if its process died: the event may have arrived',
  )
  finishedAt!: Date | null;

  @ApiProperty({
    enum: ATTEMPT_OUTCOMES,
    nullable: true,
    example: 'DELIVERED',
    description: 'REFUSED: the gateway’s status was not 2xx',
  })
  outcome!: AttemptOutcome | null;

  @ApiNullable(Number, 200) httpStatus!: number | null;
  @ApiNullable(String, null, 'Why no answer came') error!: string | null;
}

export class NotificationDetailsDto extends NotificationDto {
  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    example: { type: 'payment.confirmed', timestamp: '2026-02-19T09:53:02.101Z', version: 1 },
    description: 'The event as it is sent',
  })
  body!: object;

  @ApiProperty({ type: [NotificationAttemptDto], description: 'The oldest first; at most the latest 500' })
  history!: NotificationAttemptDto[];
}

export class NotificationPageDto extends PageType(NotificationDto) {}

export function notificationDto(notification: Notification): NotificationDto {
  const { id, type, subject, customerId, status, attempts, lastError, createdAt, deliveredAt, nextAttemptAt } =
    notification;
  return { id, type, subject, customerId, status, attempts, lastError, createdAt, deliveredAt, nextAttemptAt };
}

export function notificationDetailsDto(details: NotificationDetails): NotificationDetailsDto {
  const body = JSON.parse(details.body) as object;
  return { ...notificationDto(details), body, history: details.history.map(attemptDto) };
}

function attemptDto({ attempt, startedAt, finishedAt, outcome, httpStatus, error }: Attempt): NotificationAttemptDto {
  return { attempt, startedAt, finishedAt, outcome, httpStatus, error };
}
