import { randomInt } from 'node:crypto';
import type { CoreAccountStatus } from '@mpp/core-banking/wire';
import type { Money } from '@mpp/kernel';

/** An account that a bank keeps for a customer. */
export interface CoreAccount {
  readonly accountId: string;
  readonly customerId: string;
  readonly name: string;
  readonly currency: string;
  readonly balance: Money;
  readonly status: CoreAccountStatus;
  readonly preferred: boolean;
}

const DIGITS_OF_BANK_AND_ACCOUNT = 16;

/** A valid IBAN: `KZ` and 18 digits, check digits included. */
export function newAccountId(): string {
  const bankAndAccount = Array.from({ length: DIGITS_OF_BANK_AND_ACCOUNT }, () => randomInt(10)).join('');
  // ISO 13616: the number, then K and Z as 20 and 35, then two zeros in place of the check digits.
  const checkDigits = 98n - (BigInt(`${bankAndAccount}203500`) % 97n);
  return `KZ${checkDigits.toString().padStart(2, '0')}${bankAndAccount}`;
}
