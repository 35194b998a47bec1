export { AccessHttpModule, AccessModule } from './access.module.js';
export { DevelopmentIssuer } from './development-issuer.js';
export type { Role } from './domain/caller.js';
export { CurrentCustomer, ForCustomers, ForTeams } from './http/guards.js';
