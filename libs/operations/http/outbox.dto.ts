import { MESSAGE_STATUSES, type MessageStatus, type OutboxMessageView } from '@mpp/outbox';
import { PageType } from '@mpp/platform';
import { ApiProperty } from '@nestjs/swagger';

/** A message without its payload, which may hold personal data. */
export class MessageDto {
  @ApiProperty({ example: '019b1f7e-5b42-7d40-8b66-1e8bad2c3f55' })
  id!: string;

  @ApiProperty({ example: 'notifyPayment' })
  topic!: string;

  @ApiProperty({ enum: MESSAGE_STATUSES, example: 'DONE', description: 'IN_FLIGHT: it is being attempted now' })
  status!: MessageStatus;

  @ApiProperty({ example: 1 })
  attempts!: number;

  @ApiProperty({ type: Date, nullable: true, example: null, description: 'Null once it is done' })
  nextAttemptAt!: Date | null;

  @ApiProperty({ type: String, nullable: true, example: null, description: 'Why the last attempt was not enough' })
  lastError!: string | null;

  @ApiProperty({ type: Date, example: '2026-02-19T09:53:01.700Z' })
  createdAt!: Date;

  @ApiProperty({ type: Date, nullable: true, example: '2026-02-19T09:53:02.101Z' })
  doneAt!: Date | null;
}

export class OutboxMessageDto extends MessageDto {
  @ApiProperty({ example: '019b1f7e-4a31-7c3f-9a55-0d7a9c1b2e44', description: 'What it is about: a payment’s id' })
  key!: string;
}

export class OutboxPageDto extends PageType(OutboxMessageDto) {}

export function messageDto(message: OutboxMessageView): MessageDto {
  const { id, topic, status, attempts, nextAttemptAt, lastError, createdAt, doneAt } = message;
  return { id, topic, status, attempts, nextAttemptAt, lastError, createdAt, doneAt };
}

export function outboxMessageDto(message: OutboxMessageView): OutboxMessageDto {
  return { ...messageDto(message), key: message.key };
}
