import { type AccountId, accountId, DomainError } from '@mpp/kernel';
import type { Account } from '../ledger.service.js';
import type { AccountDto } from './accounts.dto.js';

export function accountDto({ id, name, currency, balance }: Account): AccountDto {
  return { id, name, currency, balance: balance.toString() };
}

/** NOT_FOUND for what cannot be the id of an account. */
export function existing(text: string): AccountId {
  const id = accountId(text);
  if (id === null) throw new DomainError('NOT_FOUND');
  return id;
}
