/** A payment that was scanned, perhaps in a part of the life that is forgotten. */
export interface Bought {
  readonly id: string;
  readonly customer: string;
  readonly purchase: string;
  readonly qrCode: string;
}

export interface PaymentRow {
  readonly id: string;
  readonly customer_id: string;
  readonly kaspi_payment_id: string;
  readonly status: string;
  readonly settled_by: string | null;
  readonly amount: string;
  readonly expires_at: Date;
  readonly debited_at: Date | null;
  readonly debit_requested_at: Date | null;
}

export interface RefundRow {
  readonly refund_id: string;
  readonly status: string;
  readonly credited_account_id: string | null;
}

/** What our books say, at one moment. */
export interface Books {
  readonly payments: readonly PaymentRow[];
  readonly refunds: readonly RefundRow[];
}
