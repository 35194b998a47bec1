import type { PaymentDto } from './http/payment.dto.js';

export const dto: PaymentDto | null = null;
