import { Column, Entity, PrimaryColumn } from 'typeorm';

/**
 * Turnover of a kind of account up to a seal, in tiyn. Append-only. Source:
 * docs/decisions/0013-books-that-show-alteration.md.
 */
@Entity('ledger_turnovers')
export class TurnoverEntity {
  @PrimaryColumn('bigint') seal!: string;
  /** An AccountKind: CHART in domain/chart.ts lists them. */
  @PrimaryColumn('text') kind!: string;
  @Column('numeric') debited!: string;
  @Column('numeric') credited!: string;
}
