import type { BusinessDay } from '@mpp/kernel';
import type { RegistryKind } from './registry-row.js';

export const TARIFF_SERVICES = ['PAYMENT', 'SERVICE'] as const;
export type TariffService = (typeof TARIFF_SERVICES)[number];

/** The service whose fee each kind of registry has. Source: R28. */
export const SERVICE_BY_KIND: Readonly<Record<RegistryKind, TariffService>> = { DAILY: 'PAYMENT', MONTHLY: 'SERVICE' };

export interface Tariff {
  readonly service: TariffService;
  /** Null: all MCCs without a tariff of their own. */
  readonly mcc: string | null;
  /** Ten-thousandths of a percent: 0.50 % is 5000. */
  readonly rate: bigint;
  /** Valid until the next tariff of the same service and MCC begins. */
  readonly validFrom: BusinessDay;
}

const PERCENT = /^(\d{1,3})(?:\.(\d{1,4}))?$/;
const RATE_OF_ONE = 10_000n;
export const MAX_RATE = 100n * RATE_OF_ONE;

/** Reads a percentage from 0 to 100 with at most 4 decimals. Null for other text. */
export function parsePercent(percent: string): bigint | null {
  const [, whole, decimals = ''] = PERCENT.exec(percent) ?? [];
  if (whole === undefined) return null;
  const rate = BigInt(whole) * RATE_OF_ONE + BigInt(decimals.padEnd(4, '0'));
  return rate <= MAX_RATE ? rate : null;
}

/** Writes a rate as a percentage with 2 to 4 decimals: `0.50`, `0.1234`. */
export function formatPercent(rate: bigint): string {
  const decimals = (rate % RATE_OF_ONE).toString().padStart(4, '0');
  return `${rate / RATE_OF_ONE}.${decimals.slice(0, 2)}${decimals.slice(2).replace(/0+$/, '')}`;
}

/** The current tariffs that the list does not contain, and the tariffs of the list that are not current. */
export function diffTariffs<Current extends Tariff>(current: readonly Current[], list: readonly Tariff[]) {
  const contentOf = (tariff: Tariff) => `${tariffKey(tariff)} ${tariff.rate}`;
  const [before, after] = [new Set(current.map(contentOf)), new Set(list.map(contentOf))];
  return {
    removed: current.filter((tariff) => !after.has(contentOf(tariff))),
    added: list.filter((tariff) => !before.has(contentOf(tariff))),
  };
}

/** Unique in a list of tariffs. */
export function tariffKey({ service, mcc, validFrom }: Tariff): string {
  return [service, validFrom, mcc ?? ''].join(' ');
}
