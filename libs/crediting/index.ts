export { CreditingModule } from './crediting.module.js';
export {
  type CreditAlert,
  type CreditChange,
  type CreditDecision,
  type CreditPosting,
  decideCredit,
} from './domain/credit.js';
export type { Debt, OwedMoney } from './domain/owed-money.js';
export { CreditEscalations, type EscalationSource } from './escalations/credit-escalations.service.js';
export { CoreCredits, type CreditAttempt } from './ladder/core-credits.service.js';
export type { CreditSource, DecidedCredit } from './ladder/credit-source.js';
export { Crediting } from './ladder/crediting.service.js';
