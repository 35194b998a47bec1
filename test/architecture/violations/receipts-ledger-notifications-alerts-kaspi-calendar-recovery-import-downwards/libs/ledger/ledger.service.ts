import { Payments } from '../qr-payments/index.js';
import { KaspiClient } from '../kaspi/index.js';

export const aboveAndBeside = [Payments, KaspiClient];
