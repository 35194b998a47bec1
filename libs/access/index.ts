export { AccessHttpModule, AccessModule } from './access.module.js';
export { DEVELOPMENT_AUDIENCE, DEVELOPMENT_ISSUER, DevelopmentIssuer } from './development-issuer.js';
export { ROLES, type Role } from './domain/caller.js';
export { CurrentCustomer, ForCustomers, ForTeams } from './http/guards.js';
