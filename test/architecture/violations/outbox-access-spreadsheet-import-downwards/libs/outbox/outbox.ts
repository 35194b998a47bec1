import { Payments } from '../qr-payments/index.js';
import { Tokens } from '../access/index.js';

export const aboveAndBeside = [Payments, Tokens];
