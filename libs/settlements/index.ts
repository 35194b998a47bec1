export { SettlementsHttpModule, SettlementsModule } from './settlements.module.js';
export { Settlements } from './settlements.service.js';
