import { Ledger } from '../../libs/ledger/index.js';

export const ledger = Ledger;
