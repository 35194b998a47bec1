import { Money } from '../kernel/index.js';

export const points = Money;
