export type RegistryStatus = 'PROCESSING' | 'RECONCILED' | 'ACCEPTED' | 'FAILED';

interface Meaning {
  /** Its rows are compared with the books and with other registries. A file that is still being read may not be a registry. */
  readonly compared: boolean;
}

/**
 * PROCESSING becomes RECONCILED or FAILED; RECONCILED becomes ACCEPTED, which is final. A registry that was given up may be
 * PROCESSING again.
 */
const STATUSES = {
  /** Received; it is read in the background. */
  PROCESSING: { compared: false },
  /** All its rows are stored and compared with the books. */
  RECONCILED: { compared: true },
  /** Accounting accepted it; its fee is in the journal. */
  ACCEPTED: { compared: true },
  /** It is not a registry, or it was given up after too many attempts with an internal error. */
  FAILED: { compared: false },
} as const satisfies Readonly<Record<RegistryStatus, Meaning>>;

export const REGISTRY_STATUSES = Object.keys(STATUSES) as RegistryStatus[];
export const COMPARED_STATUSES = REGISTRY_STATUSES.filter((status) => STATUSES[status].compared);
