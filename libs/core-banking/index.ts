export { AccountsHttpModule, CoreBankingModule } from './core-banking.module.js';
export { type CustomerAccount, isUsable, payingAccount } from './domain/account.js';
export { CoreBanking, type CoreOperations } from './domain/core-banking.js';
export type { CoreAnswer, CoreOperation, CoreOutcome, Movement, Reversal } from './domain/operation.js';
export { describePurchase, OPERATION_KINDS, OPERATION_STATES } from './domain/operation.js';
export { coreTls } from './http-core/http-core.js';
export { type Answered, CoreRecord } from './operations/core-operations.js';
