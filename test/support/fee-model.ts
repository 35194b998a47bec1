import type { BusinessDay } from '@mpp/kernel';
import { MAX_RATE, type Tariff, type TariffService } from '../../libs/registries/domain/tariff.js';

export interface Operation {
  readonly service: TariffService;
  readonly mcc: string | null;
  readonly day: BusinessDay;
}

/** What the SQL function registry_fee must return: tiyn, rounded half up; the fee of a refund is that of the payment, negative (R28). */
export function expectedFee(amountTiyn: bigint, rate: bigint): bigint {
  const exact = amountTiyn * rate;
  const size = exact < 0n ? -exact : exact;
  const rounded = (size + MAX_RATE / 2n) / MAX_RATE;
  return exact < 0n ? -rounded : rounded;
}

/** What registry_rate must find: the newest valid tariff of the MCC, else the newest valid one without MCC, else null. */
export function expectedTariff(tariffs: readonly Tariff[], { service, mcc, day }: Operation): Tariff | null {
  const valid = tariffs
    .filter((tariff) => tariff.service === service && tariff.validFrom <= day)
    .toSorted((a, b) => (a.validFrom < b.validFrom ? 1 : -1));
  const own = mcc === null ? undefined : valid.find((tariff) => tariff.mcc === mcc);
  return own ?? valid.find((tariff) => tariff.mcc === null) ?? null;
}
