import { ApiNullable, pick } from '@mpp/platform';
import { ApiProperty } from '@nestjs/swagger';
import { type CoreOperation, OPERATION_KINDS } from '../domain/operation.js';

/** The API's names of the states. */
const STATES = {
  REQUESTED: 'ASKED',
  DONE: 'DONE',
  REFUSED: 'REFUSED',
  ABANDONED: 'ABANDONED',
} as const satisfies Record<CoreOperation['state'], string>;

/** A request to the bank's core. */
export class CoreOperationDto {
  @ApiProperty({ example: '019b1f7e-4a31-7c3f-9a55-0d7a9c1b2e44', description: 'The operation’s id at the core' })
  id!: string;

  @ApiProperty({ enum: OPERATION_KINDS, example: 'DEBIT' }) kind!: string;

  @ApiProperty({
    enum: Object.values(STATES),
    example: 'DONE',
    description: 'ASKED: may have been carried out or not. ABANDONED: replaced by its reversal',
  })
  state!: string;

  @ApiProperty({ example: '019b1f7e-0000-7000-8000-5a1d2c3b4e5f', description: 'Our id of the account' })
  accountId!: string;

  @ApiProperty({ example: 'KZ86125KZT5004100100', description: 'The bank’s id of the account' }) coreAccountId!: string;
  @ApiProperty({ example: '100.00' }) amount!: string;
  @ApiNullable(String, null, 'Why the core refused') reason!: string | null;
  @ApiNullable(String, 'CORE-4711', 'The core’s own reference') coreReference!: string | null;
  @ApiProperty({ type: Date, example: '2026-02-19T09:53:01.700Z' }) askedAt!: Date;
  @ApiNullable(Date, '2026-02-19T09:53:01.790Z') answeredAt!: Date | null;
  @ApiNullable(Date, null, 'The deadline of a reversal') dueAt!: Date | null;
}

export function coreOperationDto(operation: CoreOperation): CoreOperationDto {
  return {
    ...pick(operation, 'id', 'kind', 'accountId', 'reason', 'coreReference', 'answeredAt', 'dueAt'),
    state: STATES[operation.state],
    coreAccountId: operation.coreAccount,
    amount: operation.amount.toString(),
    askedAt: operation.requestedAt,
  };
}
