export { CoreOperationDto, coreOperationDto } from './api/core-operation.dto.js';
export { RedirectRequestDto } from './api/redirect-request.dto.js';
export { AccountsHttpModule, CoreBankingModule } from './core-banking.module.js';
export { type CustomerAccount, isUsable, payingAccount } from './domain/account.js';
export { CoreBanking, type ExternalCore } from './domain/core-banking.js';
export type {
  AnsweredOperation,
  CoreAnswer,
  CoreOperation,
  CoreOutcome,
  CreditOrder,
  Movement,
  Reversal,
} from './domain/operation.js';
export { describePurchase, OPERATION_KINDS, OPERATION_STATES } from './domain/operation.js';
export { harmlessInquiry } from './http-core/harmless-inquiry.js';
export { coreTls } from './http-core/tls.js';
export { CoreOperations, type EarlierCredits, reversalOperationId } from './operations/core-operations.js';
