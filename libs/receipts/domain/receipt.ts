import type { Locale, PaymentId } from '@mpp/kernel';

/** Stored and returned unchanged: the links contain a raw `+`, which encoding again would break (R32). */
export interface ReceiptLinks {
  readonly linkReceipt: string | null;
  readonly pdfReceipt: string | null;
}

export interface Receipt extends ReceiptLinks {
  readonly paymentId: PaymentId;
  readonly kaspiOperationId: string | null;
}

/** The links in the given language: a link without a parameter is Russian, an appended parameter selects Kazakh. Source: R25. */
export function localised({ linkReceipt, pdfReceipt }: ReceiptLinks, locale: Locale): ReceiptLinks {
  const inLocale = (link: string | null) => (link !== null && locale === 'kk' ? `${link}&locale=kk` : link);
  return { linkReceipt: inLocale(linkReceipt), pdfReceipt: inLocale(pdfReceipt) };
}

const OPERATION_ID = /[?&](?:extTranId|TranId)=(QR\d{1,62})(?=&|$)/;

/**
 * The id of the operation in the PS's registry: `QR` and digits, from the first link that contains it. Null if neither
 * link does; a UUID in the same parameter is not an operation id. Source: R24.
 */
export function kaspiOperationId({ linkReceipt, pdfReceipt }: ReceiptLinks): string | null {
  return (
    [linkReceipt, pdfReceipt].map((link) => OPERATION_ID.exec(link ?? '')?.[1]).find((id) => id !== undefined) ?? null
  );
}
