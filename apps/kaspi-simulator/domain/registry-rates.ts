/** The daily registry has the fees of the payment service, the monthly one those of "Сервис". Source: regulation 5. */
export type RegistryKind = 'daily' | 'monthly';

/** Rates in percent, like `"0.50"`. */
export interface Rates {
  /** Of the payment service, for an MCC that `byMcc` does not have. */
  readonly default: string;
  /** Of the payment service, by the merchant's category (MCC). */
  readonly byMcc: Readonly<Record<string, string>>;
  /** Of "Сервис", for every MCC. */
  readonly service: string;
}

/** The rates of the regulation's examples (5.1, 5.2). */
const DEFAULT_RATES: Rates = {
  default: '0.50',
  byMcc: { '8021': '0.50', '7032': '0.10', '5411': '0.30' },
  service: '0.20',
};

/** A rate below 100 percent, with a dot and at most four decimals. */
export const RATE_PATTERN = /^\d{1,2}(\.\d{1,4})?$/;

const ONE_PERCENT = 10_000n;

/** Kaspi's rates. Changed by {@link applyEvent} only. */
export class RegistryRates {
  private rates = DEFAULT_RATES;

  get current(): Rates {
    return this.rates;
  }

  applyEvent({ rates }: { readonly rates: Rates }): void {
    this.rates = rates;
  }

  /** In ten-thousandths of a percent. */
  rateOf(kind: RegistryKind, mcc: string): bigint {
    const { byMcc, service, default: otherMcc } = this.rates;
    if (kind === 'monthly') return parseRate(service);
    return parseRate(Object.hasOwn(byMcc, mcc) ? (byMcc[mcc] ?? otherMcc) : otherMcc);
  }
}

function parseRate(percent: string): bigint {
  const [whole = '', decimals = ''] = percent.split('.');
  return BigInt(whole) * ONE_PERCENT + BigInt(decimals.padEnd(4, '0'));
}

/** The fee of an operation, in tiyn, rounded half up; `rate` in ten-thousandths of a percent. Source: R28. */
export function feeOf(amount: bigint, rate: bigint): bigint {
  const whole = 100n * ONE_PERCENT;
  return (amount * rate + whole / 2n) / whole;
}
