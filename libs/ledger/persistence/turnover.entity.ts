import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Turnover of a kind of account up to a seal, in tiyn. Append-only. */
@Entity('ledger_turnovers')
export class TurnoverEntity {
  @PrimaryColumn('bigint') seal!: string;
  @PrimaryColumn('text') kind!: string;
  @Column('numeric') debited!: string;
  @Column('numeric') credited!: string;
}
