import { Checkout } from '../custom-checkout/index.js';

export const above = Checkout;
