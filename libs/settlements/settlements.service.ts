import { AuditTrail } from '@mpp/access';
import type { BusinessDay } from '@mpp/kernel';
import { Clock, DomainError, formatTiyn, Money } from '@mpp/kernel';
import { Ledger, type NewEntry, SHARED_ACCOUNTS } from '@mpp/ledger';
import { Database, type Tx, violatedConstraint } from '@mpp/platform';
import { Injectable, Logger } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { decideSettlement, type NewSettlement, type SettledDay, sameSettlement } from './domain/settlement.js';
import { findSettlement, insertSettlement, lockDay, selectDays } from './persistence/settlements.js';

/** What we owe Kaspi for each day, and what was paid of it. Fees are apart: see {@link FeePostings}. */
@Injectable()
export class Settlements {
  private readonly log = new Logger('Registries');

  constructor(
    private readonly database: Database,
    private readonly ledger: Ledger,
    private readonly trail: AuditTrail,
    private readonly clock: Clock,
  ) {}

  /** One after the other, at least one. */
  async days(days: readonly BusinessDay[]): Promise<SettledDay[]> {
    return selectDays(this.database, days);
  }

  async day(day: BusinessDay): Promise<SettledDay> {
    return only(await selectDays(this.database, [day]));
  }

  /**
   * Books what the bank paid Kaspi for the day, or Kaspi us, with the day's refunds taken off; once per reference, whoever
   * else does the same at the same moment. `created` is false where it was booked before. REFERENCE_REUSED where that was
   * for another day or amount; STATE_CONFLICT where it is more than is outstanding.
   */
  async settle(day: BusinessDay, paid: Omit<NewSettlement, 'day'>, operator: string): Promise<{ created: boolean }> {
    const settlement = { ...paid, day };
    try {
      const created = await this.database.transaction((tx) => this.book(tx, day, settlement, operator));
      if (created) this.log.log(`${formatTiyn(settlement.amount)} settled with Kaspi for ${day}`);
      return { created };
    } catch (error) {
      // Another day's settlement took the reference in between: the lock is of one day.
      if (violatedConstraint(error) !== 'registry_settlements_reference') throw error;
      await this.isKnown(this.database, settlement);
      return { created: false };
    }
  }

  private async book(tx: Tx, day: BusinessDay, settlement: NewSettlement, operator: string): Promise<boolean> {
    await lockDay(tx, day);
    if (await this.isKnown(tx, settlement)) return false;
    const netted = decideSettlement(only(await selectDays(tx, [day])), settlement.amount);
    const [id, settledAt] = [uuidv7(), this.clock.now()];
    await insertSettlement(tx, settlement, { id, netted, settledBy: operator, settledAt });
    await this.ledger.post(tx, entriesOf(settlement, netted));
    const { reference, amount } = settlement;
    await this.trail.record(tx, {
      at: settledAt,
      actor: operator,
      action: 'KASPI_SETTLED',
      subject: day,
      details: { settlement: id, reference, amount: formatTiyn(amount), refundsTakenOff: formatTiyn(netted) },
    });
    return true;
  }

  /** REFERENCE_REUSED where it is known with another content. */
  private async isKnown(queryable: Pick<Database, 'query'>, settlement: NewSettlement): Promise<boolean> {
    const known = await findSettlement(queryable, settlement.reference);
    if (known !== null && !sameSettlement(known, settlement)) throw new DomainError('REFERENCE_REUSED');
    return known !== null;
  }
}

/** The refunds come off first, so that the payable account never shows less than what is left to pay. */
function entriesOf({ reference, amount }: NewSettlement, netted: bigint): NewEntry[] {
  const { PAYABLE_TO_KASPI, RECEIVABLE_FROM_KASPI, BANK } = SHARED_ACCOUNTS;
  const entries: NewEntry[] = [];
  if (netted > 0n) {
    const parties = { debit: PAYABLE_TO_KASPI, credit: RECEIVABLE_FROM_KASPI };
    entries.push({ purpose: 'NETTING', reference, ...parties, amount: Money.ofTiyn(netted) });
  }
  if (amount !== 0n) {
    const parties = amount > 0n ? { debit: PAYABLE_TO_KASPI, credit: BANK } : { debit: BANK, credit: PAYABLE_TO_KASPI };
    entries.push({ purpose: 'PAYOUT', reference, ...parties, amount: Money.ofTiyn(amount > 0n ? amount : -amount) });
  }
  return entries;
}

function only([day]: readonly SettledDay[]): SettledDay {
  if (day === undefined) throw new Error('a day was asked for, and none came');
  return day;
}
