import { AccountRow } from '../ledger/account-row.js';

export const row = AccountRow;
