import { Loyalty } from '../loyalty/index.js';

export const nowhere = Loyalty;
