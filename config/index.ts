export type { ImapAddress } from './registry-inbox.js';
export { Settings, SettingsError, unknownSettings } from './settings.js';
