import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { CoreMove } from '../domain/core-move.js';

/** Money of a customer that the settlement of a discrepancy moves at a bank's core (R40). Amount, account and answer are in `core_operations`. */
@Entity('registry_core_moves')
export class CoreMoveEntity implements CoreMove {
  /** The subject of its operations at the core. */
  @PrimaryColumn('uuid') id!: string;
  @Column('bigint') discrepancyId!: string;
  /** DEBIT or CREDIT. */
  @Column('text') kind!: CoreMove['kind'];
  /** Of the operation's journal entries. */
  @Column('uuid') reference!: string;
  @Column('timestamptz') createdAt!: Date;
}
