import { PageQuery } from '@mpp/platform';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional, IsString, Length, Matches } from 'class-validator';
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

const NO_CONTROL_CHARACTERS = /^[^\p{Cc}]*$/u;

export class NotificationQuery extends PageQuery {
  @ApiPropertyOptional({ enum: NOTIFICATION_STATUSES, description: 'FAILED: only those that were given up, for one' })
  @IsOptional()
  @IsIn(NOTIFICATION_STATUSES)
  status?: NotificationStatus;

  @ApiPropertyOptional({ enum: EVENT_TYPES, description: 'Only those of this kind' })
  @IsOptional()
  @IsIn(EVENT_TYPES)
  type?: EventType;

  @ApiPropertyOptional({ maxLength: 200, description: 'Only those about this payment or refund, by its id' })
  @IsOptional()
  @IsString()
  @Length(1, 200)
  @Matches(NO_CONTROL_CHARACTERS)
  subject?: string;

  @ApiPropertyOptional({ maxLength: 12, description: 'Only this customer’s' })
  @IsOptional()
  @IsString()
  @Length(1, 12)
  @Matches(NO_CONTROL_CHARACTERS)
  customerId?: string;
}

export class NotificationDto {
  @ApiProperty({ example: '019b1f7e-5b42-7d40-8b66-1e8bad2c3f55', description: 'What the gateway gets as webhook-id' })
  id!: string;

  @ApiProperty({ enum: EVENT_TYPES, example: 'payment.confirmed' })
  type!: EventType;

  @ApiProperty({ example: '019b1f7e-4a31-7c3f-9a55-0d7a9c1b2e44', description: 'The payment’s or the refund’s id' })
  subject!: string;

  @ApiProperty({ example: '900900000001' })
  customerId!: string;

  @ApiProperty({ enum: NOTIFICATION_STATUSES, example: 'DELIVERED', description: 'FAILED: it was given up' })
  status!: NotificationStatus;

  @ApiProperty({ example: 1, description: 'The one under way counts' })
  attempts!: number;

  @ApiProperty({ type: String, nullable: true, example: null, description: 'Why the last attempt was not enough' })
  lastError!: string | null;

  @ApiProperty({ type: Date, example: '2026-02-19T09:53:02.101Z' })
  createdAt!: Date;

  @ApiProperty({
    type: Date,
    nullable: true,
    example: '2026-02-19T09:53:02.304Z',
    description: 'When the gateway took it, the last time; it stays while it is sent again',
  })
  deliveredAt!: Date | null;

  @ApiProperty({ type: Date, nullable: true, example: null, description: 'Null where none comes' })
  nextAttemptAt!: Date | null;
}

export class NotificationAttemptDto {
  @ApiProperty({ example: 1 })
  attempt!: number;

  @ApiProperty({ type: Date, example: '2026-02-19T09:53:02.201Z' })
  startedAt!: Date;

  @ApiProperty({
    type: Date,
    nullable: true,
    example: '2026-02-19T09:53:02.304Z',
    description: 'Null while it is under way, and where nobody wrote down how it ended: it may have arrived',
  })
  finishedAt!: Date | null;

  @ApiProperty({
    enum: ATTEMPT_OUTCOMES,
    nullable: true,
    example: 'DELIVERED',
    description: 'REFUSED: the gateway answered something else than 2xx',
  })
  outcome!: AttemptOutcome | null;

  @ApiProperty({ type: Number, nullable: true, example: 200 })
  httpStatus!: number | null;

  @ApiProperty({ type: String, nullable: true, example: null, description: 'Why there was no answer' })
  error!: string | null;
}

export class NotificationDetailsDto extends NotificationDto {
  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    example: { type: 'payment.confirmed', timestamp: '2026-02-19T09:53:02.101Z', version: 1 },
    description: 'What is sent',
  })
  body!: object;

  @ApiProperty({ type: [NotificationAttemptDto], description: 'The oldest first; of very many the latest 500' })
  history!: NotificationAttemptDto[];
}

export class NotificationsPageDto {
  @ApiProperty({ type: [NotificationDto] })
  items!: NotificationDto[];

  @ApiProperty({ type: String, nullable: true, example: null, description: 'Null on the last page' })
  nextCursor!: string | null;
}

export function notificationDto(notification: Notification): NotificationDto {
  const { id, type, subject, customerId, status, attempts, lastError, createdAt, deliveredAt, nextAttemptAt } =
    notification;
  return { id, type, subject, customerId, status, attempts, lastError, createdAt, deliveredAt, nextAttemptAt };
}

export function notificationDetailsDto(story: NotificationDetails): NotificationDetailsDto {
  const body = JSON.parse(story.body) as object;
  return { ...notificationDto(story), body, history: story.history.map(attemptDto) };
}

function attemptDto({ attempt, startedAt, finishedAt, outcome, httpStatus, error }: Attempt): NotificationAttemptDto {
  return { attempt, startedAt, finishedAt, outcome, httpStatus, error };
}
