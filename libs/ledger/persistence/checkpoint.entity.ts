import { Column, Entity, PrimaryColumn } from 'typeorm';

/**
 * Turnover of a customer’s account up to a seal, in tiyn, about every 100 entries. Append-only. Source:
 * docs/decisions/0013-books-that-show-alteration.md.
 */
@Entity('ledger_checkpoints')
export class CheckpointEntity {
  @PrimaryColumn('uuid') accountId!: string;
  @PrimaryColumn('bigint') seal!: string;
  @Column('bigint') lastId!: string;
  @Column('numeric') debited!: string;
  @Column('numeric') credited!: string;
}
