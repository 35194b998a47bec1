import { Outbox } from '../outbox/index.js';

export const outbox: Outbox | null = null;
