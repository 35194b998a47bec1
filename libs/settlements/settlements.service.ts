import { AuditTrail } from '@mpp/access';
import { type BusinessDay, Clock, DomainError, formatTiyn, Money } from '@mpp/kernel';
import { Corrections, type Entry, Ledger, type NewEntry, SHARED_ACCOUNTS } from '@mpp/ledger';
import { ReportDatabase, type Tx, violatedConstraint } from '@mpp/platform';
import { Injectable, Logger } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import {
  decideSettlement,
  type NewSettlement,
  requireNettable,
  requireOutstanding,
  type SettledDay,
  sameSettlement,
} from './domain/settlement.js';
import { findDays, findSettlement, insertSettlement, lockDay } from './persistence/settlements.js';

/** What we owe Kaspi for each business day, and what was paid of it, without fees. */
@Injectable()
export class Settlements {
  private readonly log = new Logger('Registries');

  constructor(
    private readonly database: ReportDatabase,
    private readonly ledger: Ledger,
    private readonly trail: AuditTrail,
    private readonly clock: Clock,
    corrections: Corrections,
  ) {
    corrections.checkBringingBack(['PAYOUT', 'NETTING'], (tx, entry) => this.requireBookable(tx, entry));
  }

  /** Consecutive days, at least one. */
  async readDays(days: readonly BusinessDay[]): Promise<SettledDay[]> {
    return findDays(this.database.manager, days);
  }

  async readDay(day: BusinessDay): Promise<SettledDay> {
    return readOneDay(this.database.manager, day);
  }

  /**
   * Books a transfer between the bank and Kaspi for the day and nets the day's refunds; once per reference, also if it is
   * requested concurrently. `created` is false if it was booked before. Throws REFERENCE_REUSED if that was for another day
   * or amount, STATE_CONFLICT if the amount exceeds what is outstanding.
   */
  async settleDay(settlement: NewSettlement, operator: string): Promise<{ created: boolean }> {
    try {
      const created = await this.database.transaction((tx) => this.bookSettlement(tx, settlement, operator));
      if (created) this.log.log(`${formatTiyn(settlement.amount)} settled with Kaspi for ${settlement.day}`);
      return { created };
    } catch (error) {
      // A settlement of another day used the reference meanwhile: the lock is per day.
      if (violatedConstraint(error) !== 'registry_settlements_reference') throw error;
      await this.isBooked(this.database.manager, settlement);
      return { created: false };
    }
  }

  private async bookSettlement(tx: Tx, settlement: NewSettlement, operator: string): Promise<boolean> {
    const { day, reference, amount } = settlement;
    await lockDay(tx, day);
    if (await this.isBooked(tx, settlement)) return false;
    const netted = decideSettlement(await readOneDay(tx, day), amount);
    const [id, settledAt] = [uuidv7(), this.clock.now()];
    await insertSettlement(tx, { ...settlement, id, netted, settledBy: operator, settledAt });
    await this.ledger.postEntries(tx, entriesOf(settlement, netted));
    await this.trail.recordAction(tx, {
      at: settledAt,
      actor: operator,
      action: 'KASPI_SETTLED',
      subject: day,
      details: { settlement: id, reference, amount: formatTiyn(amount), refundsTakenOff: formatTiyn(netted) },
    });
    return true;
  }

  /** A corrected payout or netting is brought back only if it could be booked now: never more than is outstanding. */
  private async requireBookable(tx: Tx, { purpose, reference, amount, debitAccountId }: Entry): Promise<void> {
    const settlement = await findSettlement(tx, reference);
    if (settlement === null) return;
    await lockDay(tx, settlement.day);
    const day = await readOneDay(tx, settlement.day);
    if (purpose === 'NETTING') requireNettable(day, amount.tiyn);
    else requireOutstanding(day, debitAccountId === SHARED_ACCOUNTS.BANK ? -amount.tiyn : amount.tiyn);
  }

  /** Throws REFERENCE_REUSED if the reference is booked for another day or amount. */
  private async isBooked(manager: EntityManager, settlement: NewSettlement): Promise<boolean> {
    const booked = await findSettlement(manager, settlement.reference);
    if (booked !== null && !sameSettlement(booked, settlement)) throw new DomainError('REFERENCE_REUSED');
    return booked !== null;
  }
}

/** The refunds are netted first, so that the payable account never shows less than what is outstanding. */
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

async function readOneDay(manager: EntityManager, day: BusinessDay): Promise<SettledDay> {
  const [settledDay] = await findDays(manager, [day]);
  return settledDay as SettledDay;
}
