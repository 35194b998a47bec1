import { MESSAGE_STATUSES, type MessageStatus, type OutboxMessageView } from '@mpp/outbox';
import { ApiNullable, FilterOneOf, FilterText, PageQuery, PageType, pick } from '@mpp/platform';
import { ApiProperty } from '@nestjs/swagger';

const MAX_KEY = 200;

export class OutboxQuery extends PageQuery {
  @FilterOneOf(MESSAGE_STATUSES, 'Only messages with this status') status?: MessageStatus;
  @FilterText(MAX_KEY, 'Only messages of this topic, for example notifyPayment') topic?: string;
  @FilterText(MAX_KEY, 'Only messages with this key, for example a payment’s id') key?: string;
}

/** A message without its payload, which may hold personal data. */
export class MessageDto {
  @ApiProperty({ example: '019b1f7e-5b42-7d40-8b66-1e8bad2c3f55' }) id!: string;
  @ApiProperty({ example: 'notifyPayment' }) topic!: string;

  @ApiProperty({ enum: MESSAGE_STATUSES, example: 'DONE', description: 'IN_FLIGHT: an attempt is under way' })
  status!: MessageStatus;

  @ApiProperty({ example: 1 }) attempts!: number;
  @ApiNullable(Date, null, 'Null once the message is done') nextAttemptAt!: Date | null;
  @ApiNullable(String, null, 'Why the last attempt failed') lastError!: string | null;
  @ApiProperty({ type: Date, example: '2026-02-19T09:53:01.700Z' }) createdAt!: Date;
  @ApiNullable(Date, '2026-02-19T09:53:02.101Z') doneAt!: Date | null;
}

export class OutboxMessageDto extends MessageDto {
  @ApiProperty({
    example: '019b1f7e-4a31-7c3f-9a55-0d7a9c1b2e44',
    description: 'Its subject, for example a payment’s id',
  })
  key!: string;
}

export class OutboxPageDto extends PageType(OutboxMessageDto) {}

export function messageDto(message: OutboxMessageView): MessageDto {
  return pick(message, 'id', 'topic', 'status', 'attempts', 'nextAttemptAt', 'lastError', 'createdAt', 'doneAt');
}

export function outboxMessageDto(message: OutboxMessageView): OutboxMessageDto {
  return { ...messageDto(message), key: message.key };
}
