import type { BusinessDay } from '@mpp/kernel';
import type { RegistryKind } from './registry-row.js';

export const TARIFF_SERVICES = ['PAYMENT', 'SERVICE'] as const;
export type TariffService = (typeof TARIFF_SERVICES)[number];

/** Whose fee each registry is about: the payment service's, and that of "Сервис" (R28). */
export const SERVICE_OF: Readonly<Record<RegistryKind, TariffService>> = { DAILY: 'PAYMENT', MONTHLY: 'SERVICE' };

export interface Tariff {
  readonly service: TariffService;
  /** Null: of all operations whose MCC has none of its own. */
  readonly mcc: string | null;
  /** In ten-thousandths of a percent: 0.50 % is 5000. */
  readonly rate: bigint;
  /** Until the next one of the same service and MCC. */
  readonly validFrom: BusinessDay;
}

export interface Operation {
  readonly service: TariffService;
  readonly mcc: string | null;
  readonly day: BusinessDay;
}

const PERCENT = /^(\d{1,3})(?:\.(\d{1,4}))?$/;
const RATE_OF_ONE = 10_000n;
export const MAX_RATE = 100n * RATE_OF_ONE;

/** Reads a percentage with up to 4 decimals, 0 to 100. Null for anything else. */
export function rateOf(percent: string): bigint | null {
  const [, whole, decimals = ''] = PERCENT.exec(percent) ?? [];
  if (whole === undefined) return null;
  const rate = BigInt(whole) * RATE_OF_ONE + BigInt(decimals.padEnd(4, '0'));
  return rate <= MAX_RATE ? rate : null;
}

/** With two decimals, or as many as it takes: `0.50`, `0.1234`. */
export function percentOf(rate: bigint): string {
  const decimals = (rate % RATE_OF_ONE).toString().padStart(4, '0');
  return `${rate / RATE_OF_ONE}.${decimals.slice(0, 2)}${decimals.slice(2).replace(/0+$/, '')}`;
}

/** Of the MCC's own tariffs, or else of those of all others, the newest that is valid on the day; null where none is. */
export function tariffOf(tariffs: readonly Tariff[], { service, mcc, day }: Operation): Tariff | null {
  const valid = tariffs
    .filter((tariff) => tariff.service === service && tariff.validFrom <= day)
    .toSorted((a, b) => (a.validFrom < b.validFrom ? 1 : -1));
  const own = mcc === null ? undefined : valid.find((tariff) => tariff.mcc === mcc);
  return own ?? valid.find((tariff) => tariff.mcc === null) ?? null;
}

/** What tells tariffs of one list apart. */
export function keyOf({ service, mcc, validFrom }: Tariff): string {
  return [service, validFrom, mcc ?? ''].join(' ');
}
