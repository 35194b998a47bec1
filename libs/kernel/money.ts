import { DomainError } from './domain-error.js';

/**
 * An amount of tenge, exact to the tiyn and never negative: a bigint of tiyn in the code, a string with two decimals in JSON. An
 * amount is never a `number` (docs/decisions/0004-money-and-ids.md).
 */
export class Money {
  static readonly ZERO = new Money(0n);

  private constructor(readonly tiyn: bigint) {}

  /** Units: tiyn (1/100 tenge). Throws AMOUNT_INVALID for a negative amount or one beyond {@link MAX_TIYN}. */
  static ofTiyn(tiyn: bigint): Money {
    if (tiyn < 0n || tiyn > MAX_TIYN) throw new DomainError('AMOUNT_INVALID');
    return tiyn === 0n ? Money.ZERO : new Money(tiyn);
  }

  /**
   * Parses digits with up to two decimals after a dot, without sign, exponent, blanks or comma. Throws AMOUNT_INVALID for any other
   * text. Source: R1.
   */
  static parse(text: string): Money {
    const match = AMOUNT.exec(text);
    if (match === null) throw new DomainError('AMOUNT_INVALID');
    const [, whole = '', decimals = ''] = match;
    return Money.ofTiyn(BigInt(whole) * 100n + BigInt(decimals.padEnd(2, '0')));
  }

  /** Whether {@link parse} accepts the text. */
  static canParse(text: string): boolean {
    return AMOUNT.test(text);
  }

  /** Always with two decimals: `100.00`. */
  toString(): string {
    return formatTiyn(this.tiyn);
  }

  /** For JSON.stringify. */
  toJSON(): string {
    return this.toString();
  }

  /** Without decimals: `100`. Throws AMOUNT_NOT_WHOLE for an amount with tiyn. Source: R2, R3. */
  toWholeTenge(): string {
    if (!this.isWholeTenge()) throw new DomainError('AMOUNT_NOT_WHOLE');
    return (this.tiyn / 100n).toString();
  }

  isWholeTenge(): boolean {
    return this.tiyn % 100n === 0n;
  }

  isZero(): boolean {
    return this.tiyn === 0n;
  }

  equals(other: Money): boolean {
    return this.tiyn === other.tiyn;
  }

  isMoreThan(other: Money): boolean {
    return this.tiyn > other.tiyn;
  }

  plus(other: Money): Money {
    return Money.ofTiyn(this.tiyn + other.tiyn);
  }

  /** Throws AMOUNT_INVALID if the result is negative. */
  minus(other: Money): Money {
    return Money.ofTiyn(this.tiyn - other.tiyn);
  }
}

/** Formats tiyn with two decimals, for sums and balances beyond the bounds of a Money: `-12.00`. */
export function formatTiyn(tiyn: bigint): string {
  const digits = (tiyn < 0n ? -tiyn : tiyn).toString().padStart(3, '0');
  return `${tiyn < 0n ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

/** A quadrillion tenge: far more than any payment, and small enough for a bigint column of sums. */
export const MAX_TIYN = 100_000_000_000_000_000n;

const AMOUNT = /^(\d{1,16})(?:\.(\d{1,2}))?$/;
