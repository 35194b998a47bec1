import { Settings } from '@mpp/config';
import { beginOf, businessDayOf, Money } from '@mpp/kernel';
import { Injectable } from '@nestjs/common';
import { type LimitHit, type LimitRules, limitHit } from '../domain/limits.js';
import type { Payment } from '../domain/payment.js';
import type { DailyLimits } from '../persistence/decision.statement.js';
import { PaymentsRepository } from '../persistence/payments.repository.js';

/**
 * Everything that may prevent a debit. It is called outside of transactions, so a bank can call its own fraud check here. The
 * result counts for that confirm only.
 */
@Injectable()
export class Limits {
  private readonly rules: LimitRules;

  constructor(
    settings: Settings,
    private readonly payments: PaymentsRepository,
  ) {
    const amount = (text: string | undefined) => (text === undefined ? null : Money.parse(text));
    this.rules = {
      maxAmount: amount(settings.MAX_PAYMENT_AMOUNT),
      dailySum: amount(settings.DAILY_SUM_LIMIT),
      dailyCount: settings.DAILY_COUNT_LIMIT ?? null,
      excludedMccs: settings.EXCLUDED_MCCS,
    };
  }

  /** The maximum that a customer may enter; null: no maximum. */
  get maxAmount(): Money | null {
    return this.rules.maxAmount;
  }

  /** The limit that this debit would exceed, or null. */
  async findHit(debit: Payment): Promise<LimitHit | null> {
    const daily = this.dailyLimits(debit);
    const debits = daily && (await this.payments.debitsSince(debit.customerId, daily.dayBegins));
    return limitHit(debit, this.rules, debits);
  }

  /** The limits that the database checks again with the debit, since another debit may come in between; null: none. */
  dailyLimits({ debitedAt: ownAt, debitRequestedAt }: Payment): DailyLimits | null {
    const { dailySum, dailyCount } = this.rules;
    const debitedAt = debitRequestedAt ?? ownAt;
    if (debitedAt === null || (dailySum === null && dailyCount === null)) return null;
    const dayBegins = beginOf(businessDayOf(debitedAt));
    return { dayBegins, sum: dailySum?.tiyn ?? null, count: dailyCount };
  }
}
