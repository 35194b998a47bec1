export { Alerts } from './alerts.js';
export { AlertsHttpModule, AlertsModule } from './alerts.module.js';
export type { Alert, AlertKind, NewAlert } from './domain/alert.js';
