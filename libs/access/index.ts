export { AccessHttpModule, AccessModule, AuditHttpModule } from './access.module.js';
export { AuditTrail } from './audit/audit-trail.js';
export {
  AUDIT_ACTIONS,
  type AuditAction,
  type AuditEntry,
  type AuditFilter,
  type NewAuditEntry,
} from './domain/audit.js';
export type { Operator, Role } from './domain/caller.js';
export { CurrentCustomer, CurrentOperator, ForCustomers, ForTeams } from './http/guards.js';
export { guardKaspiListener, kaspiListenerTls } from './kaspi-listener/kaspi-listener-access.js';
export { DevelopmentIssuer } from './tokens/development-issuer.js';
export { countUsableKeys } from './tokens/usable-keys.js';
