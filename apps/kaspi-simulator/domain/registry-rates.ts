/** The one of every working day, about the payment service; the one of every month, about "Сервис". Source: regulation 5. */
export type RegistryKind = 'daily' | 'monthly';

/** Rates in percent, as they are told: `"0.50"`. */
export interface Rates {
  /** Of the payment service, for a category that is not named. */
  readonly default: string;
  /** Of the payment service, by the merchant's category (MCC). */
  readonly byMcc: Readonly<Record<string, string>>;
  /** Of "Сервис", whatever the category. */
  readonly service: string;
}

/** What nobody has said otherwise: the rates of the regulation's examples (5.1, 5.2). */
const EXAMPLE_RATES: Rates = {
  default: '0.50',
  byMcc: { '8021': '0.50', '7032': '0.10', '5411': '0.30' },
  service: '0.20',
};

/** A rate that is written with a dot and at most four decimals, and is less than all of the money. */
export const RATE = /^\d{1,2}(\.\d{1,4})?$/;

const ONE_PERCENT = 10_000n;

/** What Kaspi charges. It changes by {@link apply} alone. */
export class RegistryRates {
  private standing = EXAMPLE_RATES;

  get said(): Rates {
    return this.standing;
  }

  apply({ rates }: { readonly rates: Rates }): void {
    this.standing = rates;
  }

  /** In ten-thousandths of a percent. */
  of(kind: RegistryKind, mcc: string): bigint {
    const { byMcc, service, default: usual } = this.standing;
    if (kind === 'monthly') return rateOf(service);
    return rateOf(Object.hasOwn(byMcc, mcc) ? (byMcc[mcc] ?? usual) : usual);
  }
}

function rateOf(percent: string): bigint {
  const [whole = '', decimals = ''] = percent.split('.');
  return BigInt(whole) * ONE_PERCENT + BigInt(decimals.padEnd(4, '0'));
}

/** The fee of an operation, in tiyn, rounded half up; `rate` in ten-thousandths of a percent. Source: R28. */
export function feeOf(amount: bigint, rate: bigint): bigint {
  const whole = 100n * ONE_PERCENT;
  return (amount * rate + whole / 2n) / whole;
}
