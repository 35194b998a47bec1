export { AccountEntity } from './persistence/account.entity.js';
export type { AccountDto } from './http/accounts.dto.js';
