import { Payments } from '../qr-payments/index.js';

export const above = Payments;
