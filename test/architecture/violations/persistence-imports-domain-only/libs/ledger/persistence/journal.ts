import type { Ledger } from '../ledger.service.js';
import { AccountDto } from '../http/accounts.dto.js';

export const above: [Ledger | null, AccountDto | null] = [null, null];
