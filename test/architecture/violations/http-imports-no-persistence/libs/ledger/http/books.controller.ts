import type { AccountEntity } from '../persistence/account.entity.js';

export const row: AccountEntity | null = null;
