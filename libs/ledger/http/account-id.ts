import { type AccountId, accountId, DomainError } from '@mpp/kernel';

/** The id that the documents' examples show; the Swagger UI puts the first account's id in its place. */
export const EXAMPLE_ACCOUNT_ID = '00000000-0000-7000-8000-00000000aaaa';

/** Reads the account id of a path; NOT_FOUND for other text. */
export function accountIdInPath(text: string): AccountId {
  const id = accountId(text);
  if (id === null) throw new DomainError('NOT_FOUND');
  return id;
}
