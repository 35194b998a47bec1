import { Money } from '../libs/kernel/index.js';

export const limit = Money;
