import type { Locale } from '@mpp/kernel';

/** Kept and handed out as they came: they hold a raw `+`, and re-encoding would break them (R32). */
export interface ReceiptLinks {
  readonly linkReceipt: string | null;
  readonly pdfReceipt: string | null;
}

/** The receipt in the given language: Kazakh is asked for by appending, Russian is what the link gives. Source: R25. */
export function localised({ linkReceipt, pdfReceipt }: ReceiptLinks, locale: Locale): ReceiptLinks {
  const inLocale = (link: string | null) => (link !== null && locale === 'kk' ? `${link}&locale=kk` : link);
  return { linkReceipt: inLocale(linkReceipt), pdfReceipt: inLocale(pdfReceipt) };
}

const OPERATION_ID = /[?&](?:extTranId|TranId)=(QR\d{1,62})(?=&|$)/;

/**
 * The id under which the PS's registry names the operation: `QR` and digits, from whichever link has it; a UUID in the
 * same place is something else. Null where neither has it. Source: R24.
 */
export function kaspiOperationId({ linkReceipt, pdfReceipt }: ReceiptLinks): string | null {
  return (
    [linkReceipt, pdfReceipt].map((link) => OPERATION_ID.exec(link ?? '')?.[1]).find((id) => id !== undefined) ?? null
  );
}
