import { Journal } from './journal.js';

export const journal = Journal;
