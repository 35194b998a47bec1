import { Refunds } from '../refunds/index.js';

export const above = Refunds;
