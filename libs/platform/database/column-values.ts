import { Money } from '@mpp/kernel';

/** A bigint column as a bigint: sums and balances in tiyn, which may be negative, and ids. */
export const bigintColumn = {
  to: (value: bigint | null): string | null => value?.toString() ?? null,
  from: (text: string | null): bigint | null => (text === null ? null : BigInt(text)),
};

/** A bigint column of tiyn as {@link Money}. */
export const moneyColumn = {
  to: (amount: Money | null): string | null => amount?.tiyn.toString() ?? null,
  from: (text: string | null): Money | null => (text === null ? null : Money.ofTiyn(BigInt(text))),
};
