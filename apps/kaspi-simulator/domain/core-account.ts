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

/** `KZ` and 18 digits with the check digits of an IBAN: a core that rightly refuses a mistyped number would take it. */
export function newAccountId(): string {
  const bankAndAccount = Array.from({ length: DIGITS_OF_BANK_AND_ACCOUNT }, () => randomInt(10)).join('');
  // Behind the number stand K, Z (20 and 35 by ISO 13616) and two zeros in the place of the digits that are sought.
  const checkDigits = 98n - (BigInt(`${bankAndAccount}203500`) % 97n);
  return `KZ${checkDigits.toString().padStart(2, '0')}${bankAndAccount}`;
}
