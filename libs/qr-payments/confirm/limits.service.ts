import { Settings } from '@mpp/config';
import { Money } from '@mpp/kernel';
import { Injectable } from '@nestjs/common';
import { DateTime } from 'luxon';
import { type LimitHit, type LimitRules, limitHit } from '../domain/limits.js';
import type { Payment } from '../domain/payment.js';
import type { DailyLimits } from '../persistence/decision.statement.js';
import { PaymentsRepository } from '../persistence/payments.repository.js';

const ZONE = 'Asia/Almaty';

/**
 * The one place for what may stop a debit before it happens. It is called outside any transaction, so a bank can ask its
 * own fraud check here. Whatever it says counts for that confirm alone.
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

  /** What a customer may enter at most; null is off. */
  get maxAmount(): Money | null {
    return this.rules.maxAmount;
  }

  /** The limit that this debit would break, or null. */
  async hit(debit: Payment): Promise<LimitHit | null> {
    const daily = this.daily(debit);
    const debits = daily && (await this.payments.debitsSince(debit.customerId, daily.dayBegins));
    return limitHit(debit, this.rules, debits);
  }

  /** What the database is to check once more with the debit itself: another one may come in between. Null is off. */
  daily({ debitedAt: ownAt, debitRequestedAt }: Payment): DailyLimits | null {
    const { dailySum, dailyCount } = this.rules;
    const debitedAt = debitRequestedAt ?? ownAt;
    if (debitedAt === null || (dailySum === null && dailyCount === null)) return null;
    // The customer's day is that of Almaty, and the debit's own moment says which.
    const dayBegins = DateTime.fromJSDate(debitedAt, { zone: ZONE }).startOf('day').toJSDate();
    return { dayBegins, sum: dailySum?.tiyn ?? null, count: dailyCount };
  }
}
