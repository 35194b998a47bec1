export { Recovery, type RecoveryPeriod } from './recovery.js';
export { RecoveryModule } from './recovery.module.js';
