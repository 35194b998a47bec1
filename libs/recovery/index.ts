export type { RecoveryPeriod } from './domain/recovery-period.js';
export { RecoveryModule } from './recovery.module.js';
export { Recovery } from './recovery.service.js';
