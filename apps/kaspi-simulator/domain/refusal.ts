import type { KaspiResultCode } from '@mpp/kernel';

/** The PS refuses a request with a code of the regulation. Nothing is stored, so the same request may succeed later. */
export class Refusal extends Error {
  override readonly name = 'Refusal';

  constructor(readonly code: Exclude<KaspiResultCode, 'SUCCESS'>) {
    super(code);
  }
}
