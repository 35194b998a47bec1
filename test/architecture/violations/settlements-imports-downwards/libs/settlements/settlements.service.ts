import { Operations } from '../operations/index.js';

export const above = Operations;
