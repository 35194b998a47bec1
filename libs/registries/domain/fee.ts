import { MAX_RATE } from './tariff.js';

/** Of 100 %, in what rates are counted in. */
const WHOLE = MAX_RATE;

/** In tiyn, half up; below zero as above it, so that what is given back is what was taken (R28). */
export function feeOf(amountTiyn: bigint, rate: bigint): bigint {
  const exact = amountTiyn * rate;
  const size = exact < 0n ? -exact : exact;
  const rounded = (size + WHOLE / 2n) / WHOLE;
  return exact < 0n ? -rounded : rounded;
}
