import { type AccountId, accountId, DomainError } from '@mpp/kernel';

/** The account id in the examples of the API documents; the Swagger UI replaces it with the id of the first account. */
export const EXAMPLE_ACCOUNT_ID = '00000000-0000-7000-8000-00000000aaaa';

/** Reads the account id of a path; NOT_FOUND for other text. */
export function accountIdInPath(text: string): AccountId {
  const id = accountId(text);
  if (id === null) throw new DomainError('NOT_FOUND');
  return id;
}
