import { type CoreOperation, OPERATION_KINDS, OPERATION_STATES } from '@mpp/core-banking';
import { ApiProperty } from '@nestjs/swagger';

/** What the bank's core was asked for. Nothing with the own ledger. */
export class CoreOperationDto {
  @ApiProperty({ example: '019b1f7e-4a31-7c3f-9a55-0d7a9c1b2e44', description: 'By which the core knows it' })
  id!: string;

  @ApiProperty({ enum: OPERATION_KINDS, example: 'DEBIT' })
  kind!: string;

  @ApiProperty({
    enum: OPERATION_STATES,
    example: 'DONE',
    description: 'REQUESTED: it may have been carried out or not. ABANDONED: its reversal is asked for instead',
  })
  state!: string;

  @ApiProperty({ example: '019b1f7e-0000-7000-8000-5a1d2c3b4e5f', description: 'Ours' })
  accountId!: string;

  @ApiProperty({ example: 'KZ86125KZT5004100100', description: 'The bank’s' })
  coreAccountId!: string;

  @ApiProperty({ example: '100.00' })
  amount!: string;

  @ApiProperty({ type: String, nullable: true, example: null, description: 'Why the core refused' })
  reason!: string | null;

  @ApiProperty({
    type: String,
    nullable: true,
    example: 'CORE-4711',
    description: 'The core’s own, where it names one',
  })
  coreReference!: string | null;

  @ApiProperty({ type: Date, example: '2026-02-19T09:53:01.700Z' })
  requestedAt!: Date;

  @ApiProperty({ type: Date, nullable: true, example: '2026-02-19T09:53:01.790Z' })
  answeredAt!: Date | null;

  @ApiProperty({ type: Date, nullable: true, example: null, description: 'Of a reversal: by when it is to be done' })
  dueAt!: Date | null;
}

export function coreOperationDto(operation: CoreOperation): CoreOperationDto {
  const { id, kind, state, accountId, reason, coreReference, requestedAt, answeredAt, dueAt } = operation;
  const { coreAccount: coreAccountId } = operation;
  const amount = operation.amount.toString();
  return { id, kind, state, accountId, coreAccountId, amount, reason, coreReference, requestedAt, answeredAt, dueAt };
}
