import type { KaspiResultCode } from '@mpp/kernel';

/** The PS says no, with a code of the regulation. Nothing is remembered of it: the same request may come again and succeed. */
export class Refusal extends Error {
  override readonly name = 'Refusal';

  constructor(readonly code: Exclude<KaspiResultCode, 'SUCCESS'>) {
    super(code);
  }
}
