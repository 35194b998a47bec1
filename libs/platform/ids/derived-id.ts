import { v5 as uuidv5 } from 'uuid';

/** It must not change: a server whose database was restored would not be recognised any more. */
const NAMESPACE = '3b0f7c94-6f38-5b7e-8a52-9c4d1d0be6a1';

/**
 * The id of something that leaves the server, derived from what caused it: a server whose database was restored to an earlier
 * moment asks again under the same id, and whoever receives it recognises it. Source: R39.
 */
export function derivedId(
  what: 'debit' | 'reversal' | 'credit' | 'notify' | 'event' | 'refund' | 'difference',
  ...cause: readonly string[]
): string {
  return uuidv5(JSON.stringify([what, ...cause]), NAMESPACE);
}
